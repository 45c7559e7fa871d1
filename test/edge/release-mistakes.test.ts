import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { makeFolder, readTree, writeFiles } from '../helpers/folder.ts'
import { exportModel, makePlace, type Place, refusal, released, runRelease } from './release-support.ts'

/** What is said when it goes wrong; nothing may have been written. */
async function refused(place: Place, ...flags: string[]): Promise<string> {
  const before = readTree(place.folder)
  const result = await runRelease(place, ...flags)
  expect(readTree(place.folder)).toEqual(before)
  return refusal(result, place)
}

describe('flags', () => {
  test.each([
    ['--rollout', '101'],
    ['--rollout', 'half'],
    ['--release-version', '0'],
    ['--release-version', '1.5'],
    ['--keep', '0'],
    ['--min-runtime', '1.30'],
    ['--released', '2026-02-30'],
    ['--released', 'yesterday'],
    ['--expires', '90'],
    ['--expires', '2026-13-01'],
    ['--precision', 'int8'],
  ])('%s %s', async (flag, value) => {
    const place = await makePlace()
    expect(await refused(place, flag, value)).toMatch(new RegExp(`^2 ✖ ${flag}`))
  })

  test('without a key', async () => {
    const place = await makePlace()
    const result = await runCli(place.folder, ['edge', 'release', 'iris'])
    expect(refusal(result, place)).toMatchInlineSnapshot(`
      "2 ✖ Which key signs the release?
        --key FILE.pem. Make one with create-inference-server edge release --new-key FILE.pem, outside of the project."
    `)
  })

  test('a release that has expired when it is made', async () => {
    const place = await makePlace()
    expect(await refused(place, '--expires', '2020-01-01')).toContain('No device would install it')
    expect(await refused(place, '--released', '2026-11-02', '--expires', '0d')).toContain('would expire at')
  })
})

describe('what is released', () => {
  test('a folder that is no server', async () => {
    const place = await makePlace()
    rmSync(join(place.folder, 'iris/inference-server.lock.json'))
    expect(await refused(place)).toContain('iris is no generated server')
  })

  test('a server that was not exported', async () => {
    const place = await makePlace()
    rmSync(join(place.folder, 'iris/edge'), { recursive: true })
    expect(await refused(place)).toMatchInlineSnapshot(`
      "2 ✖ nothing was exported from iris yet
        Run create-inference-server edge export iris first, or name a file with --model."
    `)
    exportModel(place.folder, 'model', 'board')
    expect(await refused(place, '--target', 'web')).toContain('There is board.')
  })

  test('exports that differ', async () => {
    const place = await makePlace()
    exportModel(place.folder, 'another', 'android', { precision: 'fp16' })
    expect(await refused(place)).toMatchInlineSnapshot(`
      "2 ✖ the exports hold different models: say which one to release
        iris/edge/android/models/iris.int8.onnx  fp16, onnx, 7 bytes
        iris/edge/web/models/iris.int8.onnx      int8, onnx, 7 bytes
        --target android or --target web, each into a folder of its own with --out DIR."
    `)
    expect((await released(place, '--target', 'android')).manifest.model.precision).toBe('fp16')
  })

  test('an export that was changed afterwards', async () => {
    const place = await makePlace()
    writeFiles(join(place.folder, 'iris/edge/web'), { 'models/iris.int8.onnx': 'edited' })
    expect(await refused(place)).toMatchInlineSnapshot(`
      "2 ✖ the export is not as it was made
        iris/edge/web/models/iris.int8.onnx  is not the model that was exported and checked
        Run create-inference-server edge export again: only what was checked against the server is released."
    `)
    writeFiles(join(place.folder, 'iris/edge/web'), { 'golden.json': '{' })
    expect(await refused(place)).toContain('golden.json  is not what edge export wrote')
  })

  test('a model file that is not there, and one that is none', async () => {
    const place = await makePlace()
    expect(await refused(place, '--model', 'none.onnx')).toContain('2 ✖ the model none.onnx is not there')
    writeFiles(place.folder, { 'a.tflite': 'x', 'a.onnx': 'x' })
    expect(await refused(place, '--model', 'a.tflite')).toContain('neither .onnx nor .ort')
    expect(await refused(place, '--model', 'a.onnx')).toMatch(/^2 ✖ /)
    expect(await refused(place, '--model', 'a.onnx', '--precision', 'int4')).toContain('"int4" is not known')
  })

  test('a version that goes back, and one that is taken', async () => {
    const place = await makePlace()
    await released(place, '--release-version', '5')
    exportModel(place.folder, 'model 2')
    expect(await refused(place, '--release-version', '4')).toMatchInlineSnapshot(`
      "2 ✖ --release-version 4 goes back: version 5 is released
        Devices refuse a lower version. To take 5 back, release the former model again, as version 6."
    `)
    expect(await refused(place, '--release-version', '5')).toMatchInlineSnapshot(`
      "2 ✖ version 5 is released already, with another model
        Devices that have it would never get this one. Leave --release-version out, or give 6."
    `)
  })

  test('a date before that of the last release', async () => {
    const place = await makePlace()
    await released(place, '--released', '2090-01-01', '--expires', '2091-01-01')
    exportModel(place.folder, 'model 2')
    expect(await refused(place)).toMatch(
      /^2 ✖ this release is of \S+, and the last one of 2090-01-01T00:00:00Z\n.*say when this one is with --released/,
    )
    expect(await refused(place, '--released', '2089-01-01')).toContain('Give a later --released')
  })

  test('a folder with the releases of another model, and one whose manifest is broken', async () => {
    const place = await makePlace()
    await released(place)
    await runCli(place.folder, ['--name', 'rose', '--yes'])
    cpSync(join(place.folder, 'iris/edge/web'), join(place.folder, 'rose/edge/web'), { recursive: true })
    const other = await runCli(place.folder, [
      'edge',
      'release',
      'rose',
      '--key',
      place.key,
      '--out',
      'iris/edge/releases',
    ])
    expect(refusal(other, place)).toMatchInlineSnapshot(`
      "2 ✖ this folder holds releases of iris, and this is rose
        Every model has a release folder of its own: name another with --out DIR."
    `)
    writeFiles(place.folder, { 'iris/edge/releases/manifest.json': '{"schema": 1, "name": "iris"}' })
    expect(await refused(place)).toContain('iris/edge/releases/manifest.json is no manifest of a release')
  })

  test('an --out that is a file, or a link', async () => {
    const place = await makePlace()
    writeFiles(place.folder, { file: '' })
    symlinkSync(makeFolder(), join(place.folder, 'link'))
    expect(await refused(place, '--out', 'file')).toContain('not a folder')
    expect(await refused(place, '--out', 'link')).toContain('a symbolic link')
  })
})

describe('the key', () => {
  const pem = (type: 'pkcs8' | 'spki', curve = 'prime256v1') => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    const key =
      type === 'pkcs8' ? privateKey.export({ type, format: 'pem' }) : publicKey.export({ type, format: 'pem' })
    return key.toString()
  }
  const keyFile = (content: string) => join(makeFolder({ 'k.pem': content }), 'k.pem')

  test.each([
    ['that is not there', () => join(makeFolder(), 'k.pem'), 'cannot be read'],
    ['that is a folder', () => makeFolder(), 'EISDIR'],
    ['that is none', () => keyFile('hello'), 'it is no PEM file of a private key'],
    ['that is public', () => keyFile(pem('spki')), 'it is a public key'],
    ['of another curve', () => keyFile(pem('pkcs8', 'secp256k1')), 'it is of the curve secp256k1'],
    ['of another kind', () => keyFile(rsa()), 'it is a key of the kind rsa'],
  ])('a key %s', async (_what, make, says) => {
    const place = { ...(await makePlace()), key: make() }
    expect(await refused(place)).toContain(says)
  })

  const rsa = () =>
    generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

  test('an encrypted key needs its passphrase', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
    const place = { ...(await makePlace()), key: keyFile(encrypted.toString()) }
    expect(await refused(place)).toContain('--passphrase-file FILE')
    writeFiles(place.folder, { wrong: 'shut\n', right: 'open\n' })
    expect(await refused(place, '--passphrase-file', 'wrong')).toContain('the passphrase does not open it')
    expect(await refused(place, '--passphrase-file', 'none')).toContain('the passphrase file none cannot be read')
    expect((await runRelease(place, '--passphrase-file', 'right')).code).toBe(0)
  })

  test('in the server, in the release folder or behind a link into them', async () => {
    const place = await makePlace()
    cpSync(place.key, join(place.folder, 'iris/key.pem'))
    expect(await refused({ ...place, key: 'iris/key.pem' })).toMatchInlineSnapshot(`
      "2 ✖ the private key KEY is not safe where it is
        KEY  it lies in iris, which is copied to servers
        Keep it outside of every project, such as in ~/.keys. If it was ever committed or hosted, make another one and ship apps that hold it."
    `)
    mkdirSync(join(place.folder, 'out'))
    cpSync(place.key, join(place.folder, 'out/key.pem'))
    expect(await refused({ ...place, key: 'out/key.pem' }, '--out', 'out')).toContain('it lies in out')
    const link = join(makeFolder(), 'key.pem')
    symlinkSync(join(place.folder, 'iris/key.pem'), link)
    expect(await refused({ ...place, key: link })).toContain('it lies in iris')
  })

  test('in a git repository, unless it is ignored there and was never committed', async () => {
    const place = await makePlace()
    const repository = makeFolder({ '.gitignore': 'ignored/\n' })
    const git = (...args: string[]) => execFileSync('git', args, { cwd: repository })
    git('init', '--quiet')
    mkdirSync(join(repository, 'ignored'))
    for (const path of ['key.pem', 'ignored/key.pem']) cpSync(place.key, join(repository, path))
    expect(await refused({ ...place, key: join(repository, 'key.pem') })).toContain('which does not ignore it')
    expect((await runRelease({ ...place, key: join(repository, 'ignored/key.pem') })).code).toBe(0)
    git('add', '--force', 'ignored/key.pem')
    expect(await refused({ ...place, key: join(repository, 'ignored/key.pem') })).toContain('which does not ignore it')
    const made = await runCli(repository, ['edge', 'release', '--new-key', 'new.pem'])
    expect(made.stderr).toContain('which does not ignore it')
    expect(readTree(repository)['new.pem']).toBeUndefined()
  })
})

test('--json says the same in one document', async () => {
  const place = await makePlace()
  const { code, stdout } = await runRelease(place, '--rollout', '101', '--json')
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, ok: false, error: { code: 'usage' } })
})
