import type { Outcome } from './outcome.ts'
import { judge, type Result, reasonGroup, type Verdict } from './verdict.ts'

const MAX_REASON = 160

export interface ReportHead {
  /** `2026-11-22` */
  readonly date: string
  readonly locale: string
  /** What was run, with its version. */
  readonly versions: Readonly<Record<string, string>>
}

/** docs/sweep.md: the counts, and every model that is not served as expected, with the reason. */
export function writeReport(results: readonly Result[], head: ReportHead): string {
  const of = (verdict: Verdict) => results.filter((result) => judge(result) === verdict)
  const ownRight = results.filter(({ own }) => own.kind === 'right')
  const sections = [
    introduction(head),
    counts(results, ownRight),
    ...faults('Refused, though onnxruntime-node runs them right', of('refused')),
    ...faults('Wrong, though onnxruntime-node runs them right', of('ours')),
    ...withoutSample(of('served')),
    '## What onnxruntime-node itself does not run as expected',
    'Each with what it says, and what a generated server makes of it.',
    ...groupsOf(of('onnxruntime')).flatMap(([reason, group]) => groupSection(reason, group)),
  ]
  return `${sections.join('\n\n')}\n`
}

function introduction({ date, locale, versions }: ReportHead): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `# The ONNX project's own test models

<!-- Made by \`npm run sweep -- --report docs/sweep.md\`: do not edit. -->

Debian's libonnx-testdata holds the tests by which the ONNX project checks runtimes: small models, each with inputs and the
outputs that they must give. For each, \`npm run sweep\` does what \`create-inference-server --model x.onnx --yes\` does, compiles
and starts the server, sends the inputs to \`POST /predict\`, and compares the answer with the expected outputs (relative
tolerance 1e-3, absolute 1e-7, as the ONNX project's own runner). The same models are run by onnxruntime-node alone, without any
code of ours: what it runs right must be served right. No file is edited by hand.

${date}; ${used.join(', ')}; locale ${locale} (models with StringNormalizer
usually ask for en_US.UTF-8, and do not load where that locale is not generated, as on a plain Debian).`
}

function counts(results: readonly Result[], ownRight: readonly Result[]): string {
  const count = (test: (result: Result) => boolean) => String(results.filter(test).length)
  const rows = [
    ['models', String(results.length)],
    ['onnxruntime-node itself runs right', String(ownRight.length)],
    ['**of these served right**', `**${ownRight.filter((result) => judge(result) === 'served').length}**`],
    ['of these refused', count((result) => judge(result) === 'refused')],
    ['of these wrong', count((result) => judge(result) === 'ours')],
    [
      'served right with every number equal to onnxruntime-node, bit for bit',
      count(({ served }) => served.kind === 'right' && served.sameBits),
    ],
    [
      'served right, but asked through `app.predictor.infer`: JSON cannot carry NaN or Infinity',
      count(({ served }) => served.kind === 'right' && served.byTensors),
    ],
    [
      'served right, though neither ones nor zeros are a sample that works',
      count(({ served }) => served.kind === 'right' && !served.sampleRuns),
    ],
  ]
  return ['| | |', '|---|---:|', ...rows.map(showRow)].join('\n')
}

/** Served right, but the sample that generation derives from the shapes is none that the model can run. */
function withoutSample(results: readonly Result[]): string[] {
  const ids = results.flatMap(({ one, served }) => (served.kind === 'right' && !served.sampleRuns ? [one.id] : []))
  if (ids.length === 0) return []
  return [
    '## Served right, but only with a sample of your own',
    `These take shapes, indices or sizes as inputs, so that neither ones nor zeros are a sample that works. The server starts with a
warning and is ready; \`GET /predict/test\` answers 422 until vars.yaml has a real sample:`,
    ids.map((id) => `- ${id}`).join('\n'),
  ]
}

function faults(title: string, results: readonly Result[]): string[] {
  if (results.length === 0) return []
  return [`## ${title}: ${results.length}`, table(['model', 'what happens'], results, ({ served }) => [says(served)])]
}

function groupsOf(results: readonly Result[]): [string, Result[]][] {
  const groups = new Map<string, Result[]>()
  for (const result of results) {
    const reason = reasonGroup(result)
    groups.set(reason, [...(groups.get(reason) ?? []), result])
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length)
}

function groupSection(reason: string, group: readonly Result[]): string[] {
  const cells = ({ own, served }: Result) => [says(own), whatWeDo(served)]
  return [`### ${reason}: ${group.length}`, table(['model', 'onnxruntime-node', 'the generated server'], group, cells)]
}

function table(head: readonly string[], results: readonly Result[], cells: (result: Result) => string[]): string {
  const rows = results.map((result) => showRow([result.one.id, ...cells(result)]))
  return [showRow(head), showRow(head.map(() => '---')), ...rows].join('\n')
}

function showRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function whatWeDo(served: Outcome): string {
  if (served.kind === 'right') return 'served right'
  if (served.kind === 'wrong') return served.sameBits ? "onnxruntime's own numbers" : 'served; other numbers'
  if (served.stage === 'generate') return 'refused when generating'
  return served.stage === 'predict' ? says(served) : `says so at its ${served.stage}`
}

function says(outcome: Outcome): string {
  if (outcome.kind === 'right') return 'right'
  const reason = outcome.kind === 'failed' ? withoutPaths(outcome.reason) : outcome.reason
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}...` : reason
}

/** Where a file lies, here or where onnxruntime was built, says nothing to a reader. */
function withoutPaths(reason: string): string {
  return reason
    .replace(/Load model from \S+ failed: ?/g, '')
    .replace(/^cannot load the model \S+: /, '')
    .replace(/(^|[\s"'(])\/(?:[\w.+-]+\/)+/g, '$1')
    .trim()
}
