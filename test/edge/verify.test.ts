import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verify } from '../../src/edge/releases/verify.ts'
import { runCli } from '../helpers/cli.ts'
import { makeFolder, makeSharedFolder, writeFiles } from '../helpers/folder.ts'
import { exportModel, makeKeys, makePlace, type Place, refusal, released, runVerify } from './release-support.ts'

const NOW = new Date('2026-12-01T00:00:00Z')
const shared = makeSharedFolder()
const publicKey = join(shared, 'public.txt')
let made: Promise<void> | undefined

async function makeReleases(): Promise<void> {
  const place = await makePlace()
  await released(place, '--released', '2026-11-01', '--expires', '2027-11-01')
  exportModel(place.folder, 'model 2')
  await released(place, '--released', '2026-11-02', '--expires', '2027-11-01')
  cpSync(join(place.folder, 'iris/edge/releases'), join(shared, 'releases'), { recursive: true })
  cpSync(place.publicKey, publicKey)
}

/** Two releases in a folder where they can be broken. */
async function copyReleases(): Promise<string> {
  made ??= makeReleases()
  await made
  const folder = join(makeFolder(), 'releases')
  cpSync(join(shared, 'releases'), folder, { recursive: true })
  return folder
}

async function findingsOf(folder: string, now = NOW): Promise<string[]> {
  const { findings } = await verify({ folder, publicKey, now })
  const names = new Map([
    [sha256('model 1'), 'OLD'],
    [sha256('model 2'), 'NEW'],
  ])
  const short = (text: string) => text.replaceAll(/[0-9a-f]{64}/g, (hash) => names.get(hash) ?? 'HASH')
  return findings.map(({ level, file, at, message }) => short(`${level} ${file}${at && ` ${at}`}: ${message}`))
}

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const modelOf = (n: number) => `models/${sha256(`model ${n}`)}.onnx`
const newestHash = (folder: string) => sha256(readFileSync(join(folder, 'manifest.json')))
const formerHash = (folder: string) =>
  readdirSync(join(folder, 'manifests'))
    .map((name) => name.slice(0, 64))
    .find((hash) => hash !== newestHash(folder)) ?? ''

test('a release folder as it was made has nothing to say', async () => {
  expect(await findingsOf(await copyReleases())).toEqual([])
})

test.each<[string, (folder: string) => void, string[]]>([
  [
    'a manifest in which one character was changed',
    (folder) => {
      const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
      writeFileSync(join(folder, 'manifest.json'), text.replace('"rollout": 100', '"rollout": 99'))
    },
    [
      'error manifests/HASH.sig: the signature of manifest.json is missing: it was changed, or not copied whole',
      'error manifests/HASH.json version: version 2 of 2026-11-02T00:00:00Z is newer than manifest.json: devices that have seen it refuse',
    ],
  ],
  [
    'a manifest that is none',
    (folder) => writeFileSync(join(folder, 'manifest.json'), '{"schema":1,"name":"IRIS"}'),
    expect.arrayContaining([
      'error manifest.json name: must be a DNS label',
      'error manifest.json version: must be an integer from 1 on',
    ]),
  ],
  [
    'a former manifest put back in place',
    (folder) => cpSync(join(folder, 'manifests', `${formerHash(folder)}.json`), join(folder, 'manifest.json')),
    [
      'error manifests/HASH.json version: version 2 of 2026-11-02T00:00:00Z is newer than manifest.json: devices that have seen it refuse',
    ],
  ],
  [
    'a signature that is missing',
    (folder) => rmSync(join(folder, 'manifests', `${newestHash(folder)}.sig`)),
    ['error manifests/HASH.sig: the signature of manifest.json is missing: it was changed, or not copied whole'],
  ],
  [
    'a signature that is another one',
    (folder) =>
      cpSync(
        join(folder, 'manifests', `${formerHash(folder)}.sig`),
        join(folder, 'manifests', `${newestHash(folder)}.sig`),
      ),
    ['error manifests/HASH.sig: does not sign manifest.json with this key'],
  ],
  ['a model that is missing', (folder) => rmSync(join(folder, modelOf(2))), ['error models/NEW.onnx: is missing']],
  [
    'a model that was cut off',
    (folder) => writeFileSync(join(folder, modelOf(2)), 'mod'),
    ['error models/NEW.onnx: has 3 bytes, and the manifest says 7'],
  ],
  [
    'a model that was tampered with',
    (folder) => writeFileSync(join(folder, modelOf(2)), 'model X'),
    ['error models/NEW.onnx: its SHA-256 is HASH, not the one that was signed'],
  ],
  [
    'a former model that is missing',
    (folder) => rmSync(join(folder, modelOf(1))),
    ['warning models/OLD.onnx: is missing'],
  ],
  [
    'a former manifest that was edited',
    (folder) => writeFileSync(join(folder, 'manifests', `${formerHash(folder)}.json`), '{}'),
    expect.arrayContaining(['error manifests/HASH.json schema: must be 1']),
  ],
  [
    'what does not belong there',
    (folder) => writeFiles(folder, { 'notes.txt': 'hello', [`models/${sha256('x')}.onnx`]: 'x' }),
    [
      'warning models/HASH.onnx: belongs to no release; the next one removes it',
      'warning notes.txt: is no part of a release',
    ],
  ],
  [
    'a private key',
    (folder) => cpSync(makeKeys().key, join(folder, 'key.pem')),
    [
      'error key.pem: is a private key, in a folder that is published: remove it, make another one, ship apps that hold it',
    ],
  ],
  [
    'a link',
    (folder) => {
      cpSync(join(folder, modelOf(2)), join(folder, '../model'))
      rmSync(join(folder, modelOf(2)))
      symlinkSync('../../model', join(folder, modelOf(2)))
    },
    ['error models/NEW.onnx: is a link: hosts may not follow it'],
  ],
])('%s is found', async (_what, breakIt, expected) => {
  const folder = await copyReleases()
  breakIt(folder)
  expect(await findingsOf(folder)).toEqual(expected)
})

describe('its end', () => {
  test.each([
    ['2027-10-01T00:00:00Z', []],
    ['2027-10-25T00:00:00Z', ['warning manifest.json expires: it expires soon, at 2027-11-01T00:00:00Z']],
    [
      '2027-11-01T00:00:00Z',
      ['error manifest.json expires: it expired at 2027-11-01T00:00:00Z: no device installs it any more'],
    ],
  ])('at %s: %j', async (now, expected) => {
    expect(await findingsOf(await copyReleases(), new Date(now))).toEqual(expected)
  })
})

test('another key verifies nothing', async () => {
  const { findings } = await verify({ folder: await copyReleases(), publicKey: makeKeys().publicKey, now: NOW })
  expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'error does not sign manifest.json with this key',
    expect.stringMatching(/^warning does not sign manifests\/[0-9a-f]{64}\.json with this key$/),
  ])
})

describe('the command', () => {
  const copyPlace = async (): Promise<Place> => ({ folder: join(await copyReleases(), '..'), key: 'none', publicKey })
  const run = ({ folder, publicKey: file }: Place, ...flags: string[]) =>
    runCli(folder, ['edge', 'verify', 'releases', '--public-key', file, ...flags])

  test('says what is there, and exits with 0', async () => {
    const { code, stdout } = await run(await copyPlace())
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "✔ releases is whole: iris version 2
        model    7 bytes               int8, models/97e2521720cb4b3821c7ed9df7dbca7a63e04b42ba05ffe3e15dc992f227ae36.onnx
        rollout  100 %
        expires  2027-11-01T00:00:00Z
        kept     2                     manifests"
    `)
  })

  test('says what is wrong, and exits with 2', async () => {
    const broken = await copyPlace()
    writeFileSync(join(broken.folder, 'releases', modelOf(2)), 'model X')
    writeFileSync(join(broken.folder, 'releases/notes.txt'), '')
    expect(refusal(await run(broken), broken)).toMatchInlineSnapshot(`
      "2 ✖ devices do not install what is in releases, or it is not safe there
        models/97e2521720cb4b3821c7ed9df7dbca7a63e04b42ba05ffe3e15dc992f227ae36.onnx  its SHA-256 is b22f50300c6f3845a15cef785a5a470b73387610ed777d0df8fe76e7faae3b8d, not the one that was signed
        Copy the directory again from where it was made, manifest.json last; or release again with create-inference-server edge release.
      ! notes.txt: is no part of a release"
    `)
    const { stdout, code } = await run(broken, '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'invalid', issues: [{ file: modelOf(2) }] },
      manifest: { version: 2 },
      warnings: ['notes.txt: is no part of a release'],
    })
  })

  test.each([
    ['a folder that is not there', ['edge', 'verify', 'none', '--public-key', 'k'], 'none is not there'],
    ['a folder that holds no releases', ['edge', 'verify', '.', '--public-key', 'k'], '. holds no manifest.json'],
    ['no key', ['edge', 'verify', 'releases'], 'Which key do the apps hold?'],
    ['a key that is not there', ['edge', 'verify', 'releases', '--public-key', 'k'], 'the key k cannot be read'],
    ['no folder', ['edge', 'verify', '--public-key', 'k'], 'missing required argument'],
  ])('%s', async (_what, args, says) => {
    const { code, stderr } = await runCli((await copyPlace()).folder, args)
    expect(code).toBe(2)
    expect(stderr).toContain(says)
  })

  test('a private key in place of the public one', async () => {
    const { key } = makeKeys()
    const { code, stderr } = await run({ ...(await copyPlace()), publicKey: key })
    expect(code).toBe(2)
    expect(stderr).toContain('openssl pkey -in')
    expect(stderr).not.toContain('BEGIN')
  })
})

test('verify and release agree over what release makes', async () => {
  const own = await makePlace()
  await released(own)
  expect((await runVerify(own, '--json')).code).toBe(0)
})
