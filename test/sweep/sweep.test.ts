import { expect, test } from 'vitest'
import { listCases, sampleCases, TEST_DATA } from '../../bench/sweep/cases.ts'
import { runSweep } from '../../bench/sweep/run-sweep.ts'
import { judge, type Result } from '../../bench/sweep/verdict.ts'

// The ONNX project's own test models; all of them: npm run sweep.
const SAMPLE = 40
const cases = listCases()
const missing = cases.length === 0 ? ` (skipped: ${TEST_DATA} is not there, apt-get install libonnx-testdata)` : ''

test.skipIf(missing !== '')(
  `the bundled command serves every one of ${SAMPLE} ONNX test models that onnxruntime runs right${missing}`,
  async () => {
    const sample = sampleCases(cases, SAMPLE)
    const results = await runSweep(sample, { byCommand: true, parallel: 2 })
    const faults = results.filter((result) => ['ours', 'refused'].includes(judge(result)))
    expect(faults.map(describe)).toEqual([])
    expect(results).toHaveLength(SAMPLE)
    // Else a sample that onnxruntime does not run at all would pass.
    expect(results.filter((result) => judge(result) === 'served').length).toBeGreaterThanOrEqual(SAMPLE * 0.75)
  },
  300_000,
)

test.skipIf(missing !== '')(`a server's answers are onnxruntime's own, bit for bit${missing}`, async () => {
  const float16AndStrings = ['node/test_cast_FLOAT16_to_DOUBLE', 'node/test_bitshift_right_uint64', 'node/test_equal']
  const results = await runSweep(
    cases.filter(({ id }) => float16AndStrings.includes(id)),
    { byCommand: false, parallel: 1 },
  )
  const right = { kind: 'right', byTensors: false, sampleRuns: true, sameBits: true }
  expect(results.map(({ served }) => served)).toEqual([right, right, right])
})

function describe({ one, own, served }: Result): string {
  return `${one.id}: onnxruntime-node: ${JSON.stringify(own)}, served: ${JSON.stringify(served)}`
}
