import chalk from 'chalk'
import { type Inspection, inspect } from '../inspect.ts'
import type { ModelPort, ParameterFacts } from '../onnx/facts.ts'
import { formatWarnings } from './print.ts'
import { alignRows } from './report.ts'

/** Prints a model's interface and contents, or all of it as JSON. */
export async function runInspect(file: string, { json = false }): Promise<number> {
  const inspection = await inspect(file)
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, ok: true, ...inspection }, null, 2)}\n`)
  else {
    process.stdout.write(describeModel(inspection))
    process.stderr.write(formatWarnings(inspection.warnings))
  }
  return 0
}

function describeModel(model: Inspection): string {
  const port = (kind: string) => (one: ModelPort) => [kind, one.name, `${one.type} ${showShape(one.shape)}`]
  const opsets = Object.entries(model.opsets).map(([domain, version]) => `${domain} ${version}`)
  const rows = [
    ...model.inputs.map(port('input')),
    ...model.outputs.map(port('output')),
    ...model.stripped.map(({ op, output, tensor }) => ['taken out', op, `"${output}" becomes the tensor "${tensor}"`]),
    ...(model.classLabels ? [['classes', String(model.classLabels.length), model.classLabels.join(', ')]] : []),
    ['opset', '', opsets.join(', ')],
    ['producer', '', model.producer || '(not said)'],
    [
      'operators',
      String(sum(Object.values(model.ops))),
      Object.entries(model.ops)
        .map(([op, n]) => `${op} ${n}`)
        .join(', '),
    ],
    ['weights', String(model.parameterCount), showBytes(model.parameterBytes)],
    ...model.largest.map((one) => ['', '', describeParameter(one)]),
    ...model.externalData.map((path) => ['beside it', '', path]),
  ]
  return `${chalk.bold(model.file)}  ${showBytes(model.bytes)}  sha256 ${model.sha256}\n${alignRows(rows)}`
}

function describeParameter({ name, type, shape, bytes }: ParameterFacts): string {
  return `${name} ${type} (${shape.join(',')}) ${showBytes(bytes)}`
}

function showShape(shape: ModelPort['shape']): string {
  return shape === null ? '(any rank)' : `(${shape.map((dim) => dim ?? '?').join(',')})`
}

function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const units = ['kB', 'MB', 'GB']
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length)
  return `${(bytes / 1000 ** power).toPrecision(3)} ${units[power - 1]}`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
