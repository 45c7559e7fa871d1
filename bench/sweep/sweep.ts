import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { listCases, sampleCases, TEST_DATA } from './cases.ts'
import { LOCALE } from './children.ts'
import { writeReport } from './report.ts'
import { runSweep } from './run-sweep.ts'
import { judge, type Result, type Verdict } from './verdict.ts'
import { hasLocale, readVersions } from './versions.ts'

// `npm run sweep [-- --sample 40] [--filter x] [--command] [--report docs/sweep.md]`: generates, starts and asks a server for each
// of the ONNX project's own test models, from the model alone, and compares. Exits with 1 when one is refused or wrong that
// onnxruntime-node itself runs right.

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    filter: { type: 'string' },
    report: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    command: { type: 'boolean', default: false },
  },
})

const all = listCases()
if (all.length === 0) {
  throw new Error(`${TEST_DATA} is not there: apt-get install -y --no-install-recommends libonnx-testdata`)
}
const filtered = all.filter(({ id }) => id.includes(values.filter ?? ''))
const cases = values.sample === undefined ? filtered : sampleCases(filtered, Number(values.sample))
const localeThere = await hasLocale()
if (!localeThere) process.stdout.write(`the locale ${LOCALE} is not there: models that ask for it will not run\n`)

const results = await runSweep(cases, {
  byCommand: values.command,
  parallel: Number(values.parallel),
  onResult: printFault,
})
if (values.report !== undefined) {
  const locale = localeThere ? LOCALE : 'C'
  const date = new Date().toISOString().slice(0, 10)
  await writeFile(values.report, writeReport(results, { date, locale, versions: await readVersions() }))
}
const count = (verdict: Verdict) => results.filter((result) => judge(result) === verdict).length
process.stdout.write(`${results.length} models
  ${count('served')} served right
  ${count('onnxruntime')} that onnxruntime-node itself does not run right
  ${count('refused')} refused, though it does
  ${count('ours')} wrong, though it does
`)
process.exitCode = count('refused') + count('ours') === 0 ? 0 : 1

function printFault(result: Result): void {
  const verdict = judge(result)
  if (verdict === 'refused' || verdict === 'ours') {
    process.stdout.write(`${verdict}: ${result.one.id}: ${JSON.stringify(result.served)}\n`)
  }
}
