import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { listCases, type SweepCase, TEST_DATA } from '../../../bench/sweep/cases.ts'
import { readInputs } from '../../../bench/sweep/data-set.ts'
import { toPrecision } from '../../../src/onnx/precision/to-precision.ts'
import { answer, distance } from './support.ts'

// The ONNX project's own test models, as its exporters write them: weights of 1 to 5 dims, groups, old opsets.
const OPERATORS = ['MatMul', 'Gemm', 'Conv', 'ConvTranspose']
const cases = listCases()
const missing = cases.length === 0 ? ` (skipped: ${TEST_DATA} is not there, apt-get install libonnx-testdata)` : ''
const withWeights = cases.filter(({ ops }) => ops.some((op) => OPERATORS.includes(op))).flatMap(readWeighty)

/** Those with weights of their own, whatever they would gain. */
function readWeighty(one: SweepCase): { one: SweepCase; bytes: Uint8Array }[] {
  const bytes = readFileSync(join(one.folder, 'model.onnx'))
  const { changed } = toPrecision(bytes, 'fp16', { smallest: 0 })
  return changed.length > 0 ? [{ one, bytes }] : []
}

test.skipIf(missing !== '').each([
  ['fp16', 2e-3],
  ['int8', 7e-2],
] as const)(
  `every ONNX test model with weights runs as %s, off by %d of its largest value at most${missing}`,
  async (precision, most) => {
    const far: string[] = []
    let ran = 0
    for (const { one, bytes } of withWeights) {
      const feeds = toFeeds(readInputs(one))
      const before = await answer(bytes, feeds).catch(() => null)
      if (before === null) continue // onnxruntime has no kernel for so old an opset
      ran += 1
      const { bytes: small, changed } = toPrecision(bytes, precision, { smallest: 0 })
      const after = await answer(small, feeds).catch((error: Error) => ({ error: error.message }))
      for (const [name, values] of Object.entries(before)) {
        const off = distance(values, Reflect.get(after, name) ?? [])
        if (!(off <= most)) far.push(`${one.id} ${name}: ${off}, ${JSON.stringify(changed)}`)
      }
    }
    expect(far).toEqual([])
    expect(ran).toBeGreaterThanOrEqual(30)
  },
)

function toFeeds(inputs: ReturnType<typeof readInputs>): Record<string, Tensor> {
  const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => [name, new Tensor(dtype, data, shape)])
  return Object.fromEntries(feeds)
}
