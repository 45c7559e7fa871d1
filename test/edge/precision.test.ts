import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildExample, buildProject } from '../helpers/built-server.ts'
import { makeFolder, makeSharedFolder, readTree } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { encode, noise, port, weight } from '../onnx/precision/support.ts'
import { node } from '../onnx/support.ts'
import { exportServer, readGolden, runEdge } from './support.ts'

const SAMPLES = join(ROOT, 'examples/digits/samples')

describe('digits', () => {
  let digits = ''
  beforeAll(async () => {
    digits = await buildExample('digits', makeSharedFolder())
  })

  test('as int8 is a quarter of it, agrees on all samples, and is what golden vectors are made by', async () => {
    const { reports, files, warnings } = await exportServer(digits, '--precision', 'int8', '--samples', SAMPLES)
    const [report] = reports
    expect(warnings).toEqual([expect.stringContaining('golden/ of the export holds')])
    expect(report?.model).toMatchObject({ file: 'digits.int8.onnx', precision: 'int8', format: 'onnx' })
    expect(Number(report?.model.bytes) / Number(report?.source.bytes)).toBeLessThan(0.3)
    expect(report?.agreement).toMatchObject({ measure: 'the same best label', rows: 11, agreement: 1 })
    const error = Number(report?.parity.maxAbsError)
    expect(error).toBeGreaterThan(1e-3)
    expect(error).toBeLessThan(0.5)
    expect(files.map(({ path }) => path)).toContain('board/models/digits.int8.onnx')
    expect(files.map(({ path }) => path)).not.toContain('board/models/digits.onnx')
    expect(readGolden(digits).model).toMatchObject({ file: 'digits.int8.onnx', precision: 'int8' })
  })

  test('the report has a table and a plot of every precision, before and after', async () => {
    const { reports } = await exportServer(digits, '--precision', 'fp16', '--samples', SAMPLES)
    const [fp32, fp16, int8] = reports[0]?.precisions?.precisions ?? []
    expect([fp32, fp16, int8].map((row) => row?.precision)).toEqual(['fp32', 'fp16', 'int8'])
    expect(fp32).toMatchObject({ bytes: 36974, maxError: 0, agreement: 1, latency: 1, passes: true })
    expect(Number(fp16?.bytes)).toBeLessThan(36974 * 0.53)
    expect(Number(fp16?.gzip)).toBeLessThan(Number(fp32?.gzip))
    expect(Number(fp16?.maxError)).toBeLessThan(Number(int8?.maxError))
    expect(Number(int8?.latency)).toBeGreaterThan(0)
    const text = readFileSync(join(digits, 'edge/board/report.md'), 'utf8')
    expect(text).toContain('![Size and agreement in each precision](precision.svg)')
    expect(text).toContain('| fp32 | 36974 | 100 % |')
    expect(text).toContain('Agreement: the same best label as fp32, of 11 rows of samples; at least 99 % is asked for.')
    const plot = readFileSync(join(digits, 'edge/board/precision.svg'), 'utf8')
    expect(plot).toMatch(/^<svg [^>]*role="img"/)
    expect(plot).toMatch(/<desc>fp32: 37 kB, .*\. fp16: .*\. int8: /)
  })

  test('exported again as the same gives the same bytes, times included', async () => {
    await exportServer(digits, '--precision', 'fp16')
    const before = readTree(join(digits, 'edge'))
    await exportServer(digits, '--precision', 'fp16')
    expect(readTree(join(digits, 'edge'))).toEqual(before)
  })

  test('compared on next to nothing says so', async () => {
    const { warnings } = await exportServer(digits, '--precision', 'fp16')
    expect(warnings).toEqual(['fp16 was compared on 1 row of samples: name a folder with real data (--samples DIR)'])
  })

  test('as .ort answers the same within 1e-5: without the optimiser, other kernels run', async () => {
    const { reports } = await exportServer(digits, '--format', 'ort', '--samples', SAMPLES)
    expect(reports[0]).toMatchObject({
      model: { file: 'digits.ort', precision: 'fp32', format: 'ort' },
      agreement: { rows: 11, agreement: 1 },
      precisions: null,
    })
    expect(Number(reports[0]?.parity.maxAbsError)).toBeLessThan(1e-5)
    const bytes = readFileSync(join(digits, 'edge/board/models/digits.ort'))
    expect(bytes.toString('latin1', 4, 8)).toBe('ORTM')
    expect(existsSync(join(digits, 'edge/board/precision.svg'))).toBe(false)
  })

  test('as .ort and int8 is refused with the reason', async () => {
    const { code, stderr } = await runEdge(digits, '--format', 'ort', '--precision', 'int8')
    expect(code).toBe(2)
    expect(stderr).toContain(
      'ort goes with precision fp32 only: onnxruntime computes what int8 saves into the file again',
    )
  })
})

describe('a classifier whose classes are nearly the same', () => {
  const [INPUTS, CLASSES] = [64, 32]
  let folder = ''
  let server = ''
  beforeAll(async () => {
    folder = makeSharedFolder({ 'vars.yaml': VARS, 'close.onnx': closeClassifier(), 'rows/rows.json': rows() })
    server = await buildProject({ cwd: folder })
  })

  /** Columns of weights that differ by a hundredth: less than a step of 8 bits. */
  function closeClassifier(): Uint8Array {
    const [common, own] = [noise(INPUTS, 7), noise(INPUTS * CLASSES, 9)]
    const values = own.map((value, i) => (common[Math.floor(i / CLASSES)] ?? 0) + value / 100)
    return encode({
      node: [node('MatMul', ['x', 'w'], ['scores'])],
      initializer: [weight('w', [INPUTS, CLASSES], values)],
      input: [port('x', [1, INPUTS])],
      output: [port('scores', [1, CLASSES])],
    })
  }

  function rows(): string {
    return JSON.stringify({ data: Array.from({ length: 50 }, (_, row) => Array.from(noise(INPUTS, 100 + row))) })
  }

  const VARS = `name: close
model_file_name: close.onnx
task: classification
inputs: {x: {dtype: float32, shape: [1, 64]}}
sample: derived
`

  test('is refused as int8, with the report; nothing is written', async () => {
    const samples = join(folder, 'rows')
    const { code, stderr } = await runEdge(server, '--precision', 'int8', '--samples', samples)
    expect(code).toBe(9)
    // A slow machine says in between what it does.
    const own = stderr.replace(/^Asking .*\n/, '')
    // Those of a machine, and of a zlib.
    const said = own.replaceAll(/[\d.]+ of the time/g, 'T of the time').replaceAll(/gzip [\d.]+/g, 'gzip G')
    expect(said).toMatchInlineSnapshot(`
      "✖ As int8, the model agrees on 64.7 % of the 51 rows of samples, and 99 % is asked for
        sample                  "28" (-2.70) on the server, "19" (-2.71) as int8
        rows.json               "22" (-1.04) on the server, "21" (-1.05) as int8
        rows.json, row 1        "9" (1.09) on the server, "27" (1.11) as int8
        rows.json, row 4        "10" (-4.63) on the server, "2" (-4.62) as int8
        rows.json, row 5        "7" (-2.27) on the server, "19" (-2.26) as int8
                                13 more; to agree is the same best label
                          fp32  8.3 kB, gzip G kB, agrees on 100 %, largest error 0, T of the time
                          fp16  4.24 kB, gzip G kB, agrees on 100 %, largest error 0.00187, T of the time
                          int8  2.38 kB, gzip G kB, agrees on 64.7 %, largest error 0.0389, T of the time
        --precision fp16 passes. To take it as it is: --min-agreement 0.647."
    `)
    expect(existsSync(join(server, 'edge'))).toBe(false)
  })

  test('the refusal is one document too', async () => {
    const { code, stdout } = await runEdge(server, '--precision', 'int8', '--samples', join(folder, 'rows'), '--json')
    expect(code).toBe(9)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'over_budget' } })
  })

  test('passes as fp16, and as int8 where less is asked for', async () => {
    const samples = join(folder, 'rows')
    const half = await exportServer(server, '--precision', 'fp16', '--samples', samples)
    expect(half.reports[0]?.agreement).toMatchObject({ rows: 51, agreement: 1 })
    const some = await exportServer(server, '--precision', 'int8', '--samples', samples, '--min-agreement', '0.2')
    expect(some.reports[0]?.model.precision).toBe('int8')
    expect(some.reports[0]?.agreement.agreement).toBeLessThan(0.99)
  })
})

test('a regression agrees where its numbers are within 1 %', async () => {
  const bytes = encode({
    node: [node('MatMul', ['x', 'w'], ['h']), node('Relu', ['h'], ['r']), node('MatMul', ['r', 'v'], ['y'])],
    initializer: [weight('w', [64, 64]), weight('v', [64, 1], noise(64).map(Math.abs))],
    input: [port('x', [1, 64])],
    output: [port('y', [1, 1])],
  })
  const vars = `name: value
model_file_name: value.onnx
task: regression
inputs: {x: {dtype: float32, shape: [1, 64]}}
sample: derived
`
  const server = await buildProject({ cwd: makeFolder({ 'value.onnx': bytes, 'vars.yaml': vars }) })
  const { reports } = await exportServer(server, '--precision', 'fp16')
  expect(reports[0]?.agreement).toEqual({ measure: 'within 1 %', rows: 1, agreement: 1, disagreements: [] })
  expect(readFileSync(join(server, 'edge/board/report.md'), 'utf8')).toContain(
    "There are no labels to compare: of 1 rows of samples, 100 % are within 1 % of the server's (at least 99 % is asked for).",
  )
})

test('a model that has nothing to gain is exported as it is, and says why', async () => {
  const iris = await buildExample('iris', makeFolder())
  const { reports, warnings } = await exportServer(iris, '--precision', 'int8')
  expect(reports[0]?.model).toMatchObject({ file: 'iris.onnx', precision: 'fp32' })
  expect(warnings).toEqual([
    "int8 would save 0 of the model's 682 bytes: the numbers of LinearClassifier and Normalizer and Scaler are attributes of the operator, which have one precision. It is exported as fp32",
  ])
  expect(readFileSync(join(iris, 'edge/board/report.md'), 'utf8')).toContain('- int8 gains nothing: ')
})

test('a model with its weights beside it is one file when it is made smaller', async () => {
  const folder = makeFolder(externalModel())
  const server = await buildProject({ cwd: folder, model: join(folder, 'external.onnx'), name: 'external' })
  const { reports, files } = await exportServer(server, '--precision', 'fp16')
  expect(reports[0]).toMatchObject({
    model: { file: 'external.fp16.onnx', precision: 'fp16' },
    agreement: { agreement: 1 },
  })
  const models = files.map(({ path }) => path).filter((path) => path.startsWith('board/models/'))
  expect(models).toEqual(['board/models/external.fp16.onnx'])
})

/** A matrix of 4096 bytes in a file of its own. */
function externalModel(): Record<string, Uint8Array> {
  const values = Buffer.from(noise(32 * 32).buffer)
  const externalData = [
    { key: 'location', value: 'external.bin' },
    { key: 'length', value: String(values.length) },
  ]
  const model = encode({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [{ name: 'w', dims: [32n, 32n], dataType: 1, dataLocation: 1, externalData }],
    input: [port('x', [1, 32])],
    output: [port('y', [1, 32])],
  })
  return { 'external.onnx': model, 'external.bin': values }
}
