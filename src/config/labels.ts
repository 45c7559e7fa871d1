import type { Labels } from '../inputs/labels.ts'
import type { Config } from './config.ts'
import type { Findings } from './findings.ts'
import type { ConfigInputs } from './resolve.ts'
import type { Signature } from './signature.ts'
import type { ResolvedTask } from './task.ts'

/** Labels in column order: the label file's, else the model's class labels, else the column numbers (SERVER.md, "Which output"). */
export function resolveLabels(
  inputs: ConfigInputs,
  signature: Signature,
  task: ResolvedTask,
  findings: Findings,
): Config['labels'] {
  if (task.task !== 'classification') {
    if (inputs.labels) findings.warn(`${inputs.labels.file} is not used: the task is ${task.task}`)
    return null
  }
  const file = inputs.vars.label_file_name ?? (inputs.model.classLabelsFrom === 'zipmap' ? 'label.json' : null)
  const columns = countColumns(inputs, signature, task.predict.output)
  const names = inputs.labels
    ? namesFromFile(inputs.labels, inputs.model.classLabels)
    : inputs.model.classLabels?.map(String)
  if (names === undefined)
    return columns === undefined
      ? null
      : { file, names: Array.from({ length: columns }, (_, column) => String(column)) }
  if (names === 'keys') {
    findings.wrong(
      ['label_file_name'],
      `the keys of ${inputs.labels?.file} are neither the model's class labels nor the columns 0 to n-1`,
    )
    return null
  }
  checkCount(names, columns, inputs, findings)
  return { file, names }
}

/** Keys are class labels when the two sets are equal, else columns 0..n-1. */
function namesFromFile(
  { entries, isList }: Labels,
  classLabels: readonly (string | number)[] | null,
): readonly string[] | 'keys' {
  const byKey = new Map(entries.map(({ key, label }) => [key, label]))
  // A list counts classes as its author does, so it follows class labels that are 0 to n-1 in another order of columns;
  // but a list of these labels themselves is the one that we made, by column.
  const isOurs = isList && entries.every(({ label }, column) => label === String(classLabels?.[column]))
  const keys = !isOurs && classLabels?.length === entries.length ? classLabels.map(String) : []
  const byClass = keys.flatMap((key) => byKey.get(key) ?? [])
  if (keys.length > 0 && byClass.length === entries.length) return byClass
  const byColumn = entries.flatMap((_, column) => byKey.get(String(column)) ?? [])
  return byColumn.length === entries.length ? byColumn : 'keys'
}

function countColumns({ model }: ConfigInputs, { outputs }: Signature, name: string | null): number | undefined {
  const shape = outputs.find((output) => output.name === name)?.shape
  const last = shape && shape.length > 1 ? shape.at(-1) : 1
  return typeof last === 'number' ? last : model.classLabels?.length
}

function checkCount(
  names: readonly string[],
  columns: number | undefined,
  { labels, vars }: ConfigInputs,
  findings: Findings,
): void {
  // One score per row with two labels: the score of the second.
  const isBinary = columns === 1 && names.length === 2
  if (columns === undefined || columns === names.length || isBinary) return
  const message = `${labels?.file ?? 'the model'} holds ${count(names.length, 'label')}, but the model answers ${count(columns, 'score')} per row`
  if (vars.label_file_name) findings.wrong(['label_file_name'], message)
  else findings.warn(message)
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}
