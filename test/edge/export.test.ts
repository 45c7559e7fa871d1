import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import type { GoldenVector } from '../../src/edge/golden.ts'
import { buildExample } from '../helpers/built-server.ts'
import { makeFolder, makeSharedFolder, readTree, writeFiles } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { countActions, exportServer, readGolden, runEdge } from './support.ts'

const SAMPLES = join(ROOT, 'examples/digits/samples')

const built = makeSharedFolder()
let iris = ''
let digits = ''
beforeAll(async () => {
  iris = await buildExample('iris', built)
  digits = await buildExample('digits', built)
})

/** A built server of the test's own. */
function copyServer(server: string): string {
  const copy = join(makeFolder(), 'server')
  cpSync(server, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  return copy
}

async function start(server: string): Promise<RunningServer> {
  const running = await runServer(server)
  onTestFinished(async () => void (await running.stop()))
  return running
}

/** What the running server answers to a golden vector. */
async function ask({ url }: RunningServer, folder: string, vector: GoldenVector, route = '/predict'): Promise<unknown> {
  const body = vector.file
    ? { data: { b64: readFileSync(join(folder, vector.file)).toString('base64') } }
    : { data: vector.data }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}${route}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return Object(await answer.json()).prediction
}

/** To the bit; several rows to 1e-6: the server runs them in batches of its own size, and each size rounds in its own order. */
function expectSame(answer: unknown, { name, prediction }: GoldenVector): void {
  if (name !== 'several rows') return void expect(answer, name).toEqual(prediction)
  const [got, wanted] = [answer, prediction].map((rows) => (rows as number[][]).flat())
  expect(got?.length, name).toBe(wanted?.length)
  for (const [index, value] of (wanted ?? []).entries()) {
    expect(Math.abs((got?.[index] ?? Number.NaN) - value), `${name}, ${index}`).toBeLessThanOrEqual(1e-6)
  }
}

describe('golden vectors are what the running server answers', () => {
  test('iris: the sample, edge cases, and rows of real data', async () => {
    const server = copyServer(iris)
    const samples = makeFolder({ 'a/one.json': '{"data": [[6.1, 2.8, 4.7, 1.2]]}', 'readme.txt': 'not data' })
    const { warnings } = await exportServer(server, '--samples', samples)
    expect(warnings).toEqual([
      `1 of 2 files in ${samples} are left out: no .json files`,
      'golden/ of the export holds 1 of the 1 samples: whoever gets it can read them',
    ])
    const { vectors, inputs } = readGolden(server)
    expect(inputs).toEqual([{ name: 'float_input', dtype: 'float32', shape: ['batch', 4] }])
    expect(vectors.map(({ name }) => name)).toEqual([
      'sample',
      'zeros',
      'negative',
      'large',
      'several rows',
      'a/one.json',
    ])
    const running = await start(server)
    for (const vector of vectors) {
      expectSame(await ask(running, '', vector), vector)
      if (vector.top === null) continue
      const top = await ask(running, '', vector, '/predict/label?k=3')
      expect(top, vector.name).toEqual(vector.top.map(({ label, score }) => ({ label, score })))
    }
  })

  test('digits: images of other sizes, one pixel, gray, transparent and turned, with their pixels', async () => {
    const server = copyServer(digits)
    await exportServer(server, '--samples', SAMPLES)
    const folder = join(server, 'edge/board')
    const { vectors } = readGolden(server)
    const sizes = vectors.map(({ name, pixels }) => [name, pixels?.width, pixels?.height])
    expect(sizes).toEqual(
      expect.arrayContaining([
        ['landscape', 57, 31],
        ['portrait', 30, 61],
        ['one pixel', 1, 1],
        ['turned', 28, 56],
      ]),
    )
    const running = await start(server)
    for (const vector of vectors) {
      expectSame(await ask(running, folder, vector), vector)
      const { width = 0, height = 0, file = '' } = vector.pixels ?? {}
      expect(readFileSync(join(folder, file)).length).toBe(width * height * 3)
    }
  })
})

test('the report says what was exported, how large it is and how far from the server', async () => {
  const server = copyServer(digits)
  const { reports } = await exportServer(server, '--samples', SAMPLES)
  const [report] = reports
  const { sha256, bytes } = JSON.parse(readFileSync(join(server, 'inference-server.lock.json'), 'utf8')).config.model
  expect(report).toMatchObject({
    schema: 1,
    name: 'digits',
    target: 'board',
    source: { sha256, bytes },
    model: { file: 'digits.onnx', sha256, bytes, precision: 'fp32', format: 'onnx' },
    parity: { maxAbsError: 0, minAgreement: 0.99 },
  })
  expect(report?.parity.top1?.agreement).toBe(1)
  expect(report?.model.gzip).toBeLessThan(bytes)
  expect(Object.values(report?.ms ?? {}).every((ms) => ms >= 0)).toBe(true)
  const text = readFileSync(join(server, 'edge/board/report.md'), 'utf8')
  expect(text).toContain('The best label is the same for')
  expect(text).toContain('| `landscape` | made | 0 | 1 of 1 |')
})

test('a person reads how it went, and what to type next', async () => {
  const server = copyServer(iris)
  const { code, stdout } = await runEdge(server)
  expect(code).toBe(0)
  expect(stdout.replace(/\d+(\.\d+)?(e-\d+)?/g, 'N')).toMatchInlineSnapshot(`
    "✔ Exported iris to server/edge
      model   iris.onnx       fpN, onnx, N bytes of N, gzip N
      parity  N requests      largest error N, same label for N of N samples
      time    ms, one thread  decode N, preprocess N, inference N, postprocess N
      board   N files       N create

    Next:
      cat server/edge/board/README.md"
  `)
})

describe('exporting again', () => {
  test('what has not changed gives the same bytes', async () => {
    const server = copyServer(iris)
    await exportServer(server)
    const before = readTree(join(server, 'edge'))
    expect(Object.keys(countActions(await exportServer(server)))).toEqual(['identical'])
    expect(readTree(join(server, 'edge'))).toEqual(before)
  })

  test('what is no longer made is removed, and what is not ours stays', async () => {
    const server = copyServer(digits)
    await exportServer(server, '--samples', SAMPLES)
    const folder = join(server, 'edge')
    writeFiles(folder, { 'board/notes.txt': 'mine', 'other/file': 'mine' })
    const again = countActions(await exportServer(server))
    expect(again.remove).toBeGreaterThan(0)
    expect(readFileSync(join(folder, 'board/notes.txt'), 'utf8')).toBe('mine')
    expect(existsSync(join(folder, 'other/file'))).toBe(true)
    expect(readGolden(server).vectors.every(({ origin }) => origin !== 'samples')).toBe(true)
  })

  test('what somebody has edited is a conflict that writes nothing, until --force keeps a backup', async () => {
    const server = copyServer(iris)
    await exportServer(server)
    const compose = join(server, 'edge/board/compose.yaml')
    writeFileSync(compose, '# mine\n')
    rmSync(join(server, 'edge/board/Dockerfile'))
    const refused = await runEdge(server)
    expect(refused.code).toBe(5)
    expect(refused.stderr).toContain('board/compose.yaml  was edited since it was generated')
    expect(existsSync(join(server, 'edge/board/Dockerfile'))).toBe(false)
    await exportServer(server, '--force')
    expect(readFileSync(compose, 'utf8')).toContain('services:')
    const backup = join(server, 'edge/.create-inference-server/backup/board/compose.yaml')
    expect(readFileSync(backup, 'utf8')).toBe('# mine\n')
  })

  test('generating the server again leaves exports alone', async () => {
    const server = copyServer(iris)
    await exportServer(server)
    const before = readTree(join(server, 'edge'))
    await execa({ cwd: server })`node ${join(ROOT, 'bin/create-inference-server.js')} --yes`
    expect(readTree(join(server, 'edge'))).toEqual(before)
  })
})

describe('the board', () => {
  test.each([
    ['fp32', 'the original'],
    ['int8', 'the small model'],
  ])('with %s is a server of its own, which answers as %s does', async (precision) => {
    const server = copyServer(digits)
    await exportServer(server, '--precision', precision, '--samples', SAMPLES)
    const board = makeFolder()
    cpSync(join(server, 'edge/board'), board, { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(board, 'node_modules'))
    const { url } = await start(board)
    const check = await execa({ cwd: board, reject: false })`node check.mjs ${url}`
    expect(check.stdout).toMatch(/All \d+ are the same\.$/)
    expect(check.exitCode).toBe(0)
    const golden = JSON.parse(readFileSync(join(board, 'golden.json'), 'utf8'))
    golden.vectors[0].prediction[0] += 0.1
    writeFileSync(join(board, 'golden.json'), JSON.stringify(golden))
    const differs = await execa({ cwd: board, reject: false })`node check.mjs ${url}`
    expect(differs.exitCode).toBe(1)
    expect(differs.stdout).toContain('differs  sample')
  })
})
