import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { isSigned } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/signature.ts'
import { runCli } from '../helpers/cli.ts'
import { makeFolder, readTree } from '../helpers/folder.ts'
import { BIN, IRIS, MODELS } from '../helpers/paths.ts'
import { exportModel, makeKeys, makePlace, readManifest, released, runRelease, runVerify } from './release-support.ts'

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

test('a release is what devices take: a manifest, its signature under its hash, and the model', async () => {
  const place = await makePlace()
  const { manifest, publicKey, isNew } = await released(place, '--released', '2026-11-02', '--expires', '90d')
  expect(isNew).toBe(true)
  expect(manifest).toEqual({
    schema: 1,
    name: 'iris',
    version: 1,
    released: '2026-11-02T00:00:00Z',
    expires: '2027-01-31T00:00:00Z',
    minRuntime: null,
    rollout: 100,
    model: {
      file: `models/${sha256('model 1')}.onnx`,
      sha256: sha256('model 1'),
      size: 7,
      precision: 'int8',
      format: 'onnx',
    },
    contract: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  const files = readTree(join(place.folder, 'iris/edge/releases'))
  const hash = sha256(files['manifest.json'] ?? '')
  expect(Object.keys(files)).toEqual([
    'manifest.json',
    `manifests/${hash}.json`,
    `manifests/${hash}.sig`,
    manifest.model.file,
  ])
  const bytes = new Uint8Array(Buffer.from(files['manifest.json'] ?? '', 'latin1'))
  expect(await isSigned(bytes, files[`manifests/${hash}.sig`] ?? '', [publicKey])).toBe(true)
  expect(readFileSync(place.publicKey, 'utf8')).toBe(publicKey)
  expect(await runVerify(place)).toMatchObject({ code: 0, stderr: '' })
})

test('a new model gets the next version, and the same one keeps it', async () => {
  const place = await makePlace()
  expect((await released(place)).manifest.version).toBe(1)
  expect(await released(place)).toMatchObject({ isNew: false, manifest: { version: 1 } })
  exportModel(place.folder, 'model 2')
  expect((await released(place)).manifest.version).toBe(2)
  expect((await released(place, '--release-version', '10')).manifest).toMatchObject({ version: 10 })
  exportModel(place.folder, 'model 1')
  expect((await released(place)).manifest, 'a former model, taken back to').toMatchObject({ version: 11 })
})

test('a rollout is widened and stopped without another version; what is not said stays', async () => {
  const place = await makePlace()
  const flags = ['--expires', '2030-01-01', '--min-runtime', '1.20.0', '--rollout', '10%']
  const first = await released(place, '--released', '2026-11-02', ...flags)
  const second = await released(place, '--rollout', '50')
  expect(second.manifest).toEqual({ ...first.manifest, rollout: 50, released: second.manifest.released })
  expect(second.manifest.released > first.manifest.released).toBe(true)
  const stopped = await released(place, '--rollout', '0')
  expect(stopped.manifest).toMatchObject({ version: 1, rollout: 0 })
  expect(stopped.manifest.released > second.manifest.released, 'within the same second, too').toBe(true)
  expect((await released(place, '--min-runtime', 'none')).manifest).toMatchObject({ minRuntime: null, rollout: 0 })
})

test('an .ort model needs the runtime that saved it', async () => {
  const place = await makePlace()
  exportModel(place.folder, 'model', 'web', { file: 'iris.ort', format: 'ort', precision: 'fp32' })
  const { manifest } = await released(place)
  expect(manifest).toMatchObject({ minRuntime: '1.30.0', model: { format: 'ort' } })
})

test('a model file is released in place of an export when its interface is that of the server', async () => {
  const place = await makePlace()
  const stripped = join(place.folder, 'iris/models/iris.onnx')
  const { manifest } = await released(place, '--model', stripped, '--precision', 'fp16')
  expect(manifest.model).toMatchObject({ sha256: sha256(readFileSync(stripped)), precision: 'fp16' })
})

test('models of the last versions stay, so that downloads that have begun can end; older ones go', async () => {
  const place = await makePlace()
  for (const n of [1, 2, 3, 4]) {
    exportModel(place.folder, `model ${n}`)
    const { removed } = await released(place)
    if (n === 4) expect(removed).toEqual([...removed].sort())
    expect(removed.length).toBe(n === 4 ? 3 : 0)
  }
  const folder = join(place.folder, 'iris/edge/releases')
  expect(readdirSync(join(folder, 'models')).sort()).toEqual(
    [2, 3, 4].map((n) => `${sha256(`model ${n}`)}.onnx`).sort(),
  )
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  await released(place, '--rollout', '50', '--keep', '1')
  expect(readdirSync(join(folder, 'models'))).toEqual([`${sha256('model 4')}.onnx`])
  expect(readdirSync(join(folder, 'manifests')).length, 'both manifests of version 4').toBe(4)
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine')
  expect((await runVerify(place)).code).toBe(0)
})

test('while a release is written, a manifest that can be read has its signature and its model', async () => {
  const place = await makePlace()
  await released(place)
  const folder = join(place.folder, 'iris/edge/releases')
  let running = true
  let looks = 0
  const look = async () => {
    while (running) {
      const bytes = readFileSync(join(folder, 'manifest.json'))
      const { model } = JSON.parse(bytes.toString())
      expect(existsSync(join(folder, 'manifests', `${sha256(bytes)}.sig`))).toBe(true)
      expect(statSync(join(folder, model.file)).size).toBe(model.size)
      looks++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const looking = look()
  for (const n of [2, 3, 4]) {
    exportModel(place.folder, `model ${n} `.repeat(100_000))
    await released(place)
  }
  running = false
  await looking
  expect(looks).toBeGreaterThan(10)
})

test('a release whose writing was killed changes nothing, and the next one clears up after it', async () => {
  const place = await makePlace()
  await released(place)
  const folder = join(place.folder, 'iris/edge/releases')
  const before = readTree(folder)
  // What a process leaves that was killed between the model and the manifest.
  writeFileSync(join(folder, 'models', `${sha256('model 2')}.onnx`), 'model')
  writeFileSync(join(folder, 'manifests', `${sha256('x')}.sig`), 'half')
  expect((await runVerify(place)).code).toBe(0)
  expect(readManifest(place.folder)).toEqual(JSON.parse(before['manifest.json'] ?? ''))
  exportModel(place.folder, 'model 2')
  await released(place)
  expect(readFileSync(join(folder, 'models', `${sha256('model 2')}.onnx`), 'utf8')).toBe('model 2')
  expect(existsSync(join(folder, 'manifests', `${sha256('x')}.sig`))).toBe(false)
  expect(existsSync(join(folder, '.create-inference-server'))).toBe(false)
  expect(await runVerify(place)).toMatchObject({ code: 0, stderr: '' })
})

test('a release that is killed leaves the one before or the new one, never half of one', async () => {
  const place = await makePlace()
  await released(place)
  const versions: number[] = []
  for (const delay of [350, 450, 550, 650, 750, 850, 1000, 1200]) {
    exportModel(place.folder, `model ${delay} `.repeat(1_000_000))
    const args = ['edge', 'release', 'iris', '--key', place.key]
    await execa(process.execPath, [BIN, ...args], {
      cwd: place.folder,
      timeout: delay,
      killSignal: 'SIGKILL',
      reject: false,
    })
    const { code, stdout } = await runVerify(place, '--json')
    expect(code, stdout).toBe(0)
    versions.push(JSON.parse(stdout).manifest.version)
  }
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  const last = await released(place, '--rollout', '50')
  expect(last.manifest.version).toBeLessThanOrEqual(10)
  expect(await runVerify(place)).toMatchObject({ code: 0, stderr: '' })
})

test('of two releases at the same time, one is refused or both get a version of their own', async () => {
  const place = await makePlace()
  await released(place)
  exportModel(place.folder, 'one '.repeat(500_000), 'web')
  exportModel(place.folder, 'two '.repeat(500_000), 'android')
  const flags = (target: string) => ['--target', target, '--json']
  const both = await Promise.all(['web', 'android'].map((target) => runRelease(place, ...flags(target))))
  const said = both.map(({ stdout }) => JSON.parse(stdout))
  const done = said.filter(({ ok }) => ok).map(({ manifest }) => manifest.version)
  expect(done.length).toBeGreaterThan(0)
  expect(new Set(done).size).toBe(done.length)
  for (const { ok, error } of said) if (!ok) expect(['runtime', 'conflict']).toContain(error.code)
  expect((await runVerify(place)).code).toBe(0)
})

test('the contract changes with what apps rely on, and with nothing else', async () => {
  const place = await makePlace()
  const { manifest } = await released(place)
  const lockFile = join(place.folder, 'iris/inference-server.lock.json')
  const lock = readFileSync(lockFile, 'utf8')
  const contractWith = async (change: (config: Record<string, unknown>) => void) => {
    const edited = JSON.parse(lock)
    change(edited.config)
    writeFileSync(lockFile, JSON.stringify(edited))
    const { manifest: changed, warnings } = await released(place, '--out', makeFolder())
    expect(warnings).toEqual([])
    return changed.contract
  }
  expect(await contractWith((config) => Object.assign(config, { server: { port: 1 }, budget: {} }))).toBe(
    manifest.contract,
  )
  const others = await Promise.all([
    await contractWith((config) => Object.assign(config, { labels: { file: null, names: ['a', 'b', 'c'] } })),
    await contractWith((config) => Object.assign(config, { rows: false })),
    await contractWith((config) => Object.assign(config, { preprocess: { kind: 'image' } })),
    await contractWith((config) => Object.assign(config, { predict: { output: null, activation: 'softmax' } })),
  ])
  expect(new Set([manifest.contract, ...others]).size).toBe(5)
})

test('another contract or another key is said: devices with the former app will not take it', async () => {
  const place = await makePlace()
  await released(place)
  const lockFile = join(place.folder, 'iris/inference-server.lock.json')
  const lock = JSON.parse(readFileSync(lockFile, 'utf8'))
  lock.config.labels.names = ['a', 'b', 'c']
  writeFileSync(lockFile, JSON.stringify(lock))
  const { manifest, warnings } = await released({ ...place, ...makeKeys() })
  expect(manifest.version, 'the same model under another contract is another version').toBe(2)
  expect(warnings).toEqual([
    expect.stringContaining('signed with another key'),
    expect.stringContaining('apps that were exported before refuse this release'),
  ])
})

test('a new key is for its owner alone, and the public half is one line that verify takes', async () => {
  const folder = makeFolder()
  const { code, stdout } = await runCli(folder, ['edge', 'release', '--new-key', 'keys/key.pem'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^[A-Za-z0-9+/]{122}==\n?$/)
  expect(statSync(join(folder, 'keys/key.pem')).mode & 0o777).toBe(0o600)
  const again = await runCli(folder, ['edge', 'release', '--new-key', 'keys/key.pem', '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: false, error: { code: 'conflict' } })

  const place = { ...(await makePlace()), key: join(folder, 'keys/key.pem') }
  writeFileSync(join(folder, 'public.txt'), stdout)
  expect((await released(place)).publicKey).toBe(stdout.trim())
  expect((await runVerify({ ...place, publicKey: join(folder, 'public.txt') })).code).toBe(0)
})

test('a key that others can read is used, and said', async () => {
  const place = await makePlace()
  chmodSync(place.key, 0o644)
  expect((await released(place)).warnings).toEqual([expect.stringContaining('chmod 600')])
})

test('what a person reads', async () => {
  const place = await makePlace()
  const { stdout, stderr } = await runRelease(place, '--expires', '2030-01-01', '--rollout', '5')
  expect(stdout).toMatchInlineSnapshot(`
    "✔ Released iris version 1 in iris/edge/releases
      model    7 bytes               int8, models/cd36b49d7b2a8b5e4e13663cb54c5e1338c17b7d3af1c506fb3842bd08291822.onnx
      rollout  5 %
      expires  2030-01-01T00:00:00Z"
  `)
  expect(stderr).toBe('')
  expect((await runRelease(place)).stdout).toContain('is released already: nothing has changed')
})

test('a model with a ZipMap or another interface is refused', async () => {
  const place = await makePlace()
  for (const model of [join(IRIS, 'iris.onnx'), join(MODELS, 'cluster.onnx')]) {
    const { code, stderr } = await runRelease(place, '--model', model)
    expect(code).toBe(2)
    expect(stderr).toContain("cannot take the place of iris's model on devices")
  }
  expect(existsSync(join(place.folder, 'iris/edge/releases'))).toBe(false)
})
