import type { Vars } from '../inputs/vars.ts'
import type { Task } from '../words.ts'
import type { Config, TensorConfig } from './config.ts'
import type { Findings } from './findings.ts'
import { showShape } from './nested.ts'
import type { ConfigInputs } from './resolve.ts'
import type { Signature } from './signature.ts'

export interface ResolvedTask {
  readonly task: Task
  readonly predict: Config['predict']
}

/** `data` is N rows when the leading dim of every input and output is dynamic or 1; `rows` of vars overrides (SERVER.md). */
export function resolveRows(vars: Vars, { inputs, outputs }: Signature, findings: Findings): boolean {
  const whole = [...inputs, ...outputs].find((tensor) => !leadsWithRows(tensor))
  const possible = inputs.length > 0 && whole === undefined
  if (vars.rows === true && !possible) {
    const why = whole ? `"${whole.name}" is ${showShape(whole.shape)}` : 'the model has no inputs'
    findings.wrong(
      ['rows'],
      `true, but the leading dim of every input and output of the model must be dynamic or 1: ${why}`,
    )
  }
  return vars.rows ?? possible
}

function leadsWithRows({ shape }: TensorConfig): boolean {
  const lead = shape?.[0]
  return typeof lead === 'string' || lead === 1
}

/** Task and the output that /predict answers: vars', else what the model says (SERVER.md, "Which output", "Task"). */
export function resolveTask(
  inputs: ConfigInputs,
  signature: Signature,
  rows: boolean,
  findings: Findings,
): ResolvedTask {
  const { vars } = inputs
  checkNamedOutput(vars, signature, findings)
  const scores = findScores(inputs, signature)
  const task = vars.task ?? guessTask(inputs, signature, rows, scores)
  const output = vars.predict?.output ?? (task === 'classification' ? scores : onlyName(signature)) ?? null
  const activation = vars.predict?.activation ?? 'none'
  checkTask(task, output, rows, vars, signature, findings)
  if (activation !== 'none' && !isFloat(signature, output)) {
    findings.wrong(
      ['predict', 'activation'],
      `${activation} needs one floating-point output; name it with predict.output`,
    )
  }
  // An activation makes probabilities of decision values.
  const isDecision =
    task === 'classification' && output === scores && inputs.model.decisionScore && activation === 'none'
  return { task, predict: { output, activation, ...(isDecision ? { singleScore: 'decision' } : {}) } }
}

function checkNamedOutput({ predict }: Vars, { outputs }: Signature, findings: Findings): void {
  const name = predict?.output
  if (name === undefined || outputs.some((output) => output.name === name)) return
  findings.wrong(
    ['predict', 'output'],
    `the model has no output "${name}" (it has ${outputs.map((o) => `"${o.name}"`).join(', ')})`,
  )
}

function guessTask(
  { model, labels, vars }: ConfigInputs,
  signature: Signature,
  rows: boolean,
  scores: string | undefined,
): Task {
  const classes = labels !== null || model.isClassifier || hasLabelBesideProbabilities(signature)
  if (classes && rows && isFloat(signature, vars.predict?.output ?? scores)) return 'classification'
  const [only, ...others] = signature.outputs
  const isColumn = only?.shape?.length === 1 || (only?.shape?.length === 2 && only.shape[1] === 1)
  return rows && others.length === 0 && isColumn && isFloat(signature, only?.name) ? 'regression' : 'tensor'
}

function hasLabelBesideProbabilities({ outputs }: Signature): boolean {
  return (
    outputs.some(({ name, shape }) => isProbabilities(name) && shape?.length === 2) &&
    outputs.some(({ shape }) => shape?.length === 1)
  )
}

function isProbabilities(name: string): boolean {
  return name === 'probabilities' || name === 'output_probability'
}

/** The class scores: from ZipMap or the classifier node, by their usual name, the only output, or the only one with a column per label. */
function findScores({ model, labels }: ConfigInputs, signature: Signature): string | undefined {
  const names = signature.outputs.map(({ name }) => name)
  const floats = signature.outputs.filter(({ name }) => isFloat(signature, name))
  const perLabel = floats.filter(({ shape }) => labels !== null && shape?.at(-1) === labels.entries.length)
  return (
    names.find((name) => name === model.scoresOutput) ??
    names.find(isProbabilities) ??
    onlyName(signature) ??
    (perLabel.length === 1 ? perLabel[0]?.name : undefined) ??
    (floats.length === 1 ? floats[0]?.name : undefined)
  )
}

function onlyName({ outputs }: Signature): string | undefined {
  return outputs.length === 1 ? outputs[0]?.name : undefined
}

function isFloat({ outputs }: Signature, name: string | null | undefined): boolean {
  return outputs.some((output) => output.name === name && output.dtype.startsWith('float'))
}

function checkTask(
  task: Task,
  output: string | null,
  rows: boolean,
  vars: Vars,
  signature: Signature,
  findings: Findings,
): void {
  if (task === 'tensor' || vars.task === undefined) return
  if (!rows)
    findings.wrong(
      ['task'],
      `${task} needs rows: the leading dim of every input and output of the model must be dynamic or 1`,
    )
  if (output === null)
    findings.wrong(['task'], `${task} needs one output of the model; name it with predict: {output: ...}`)
  else if (!isFloat(signature, output))
    findings.wrong(['task'], `${task} needs a floating-point output, but the model's "${output}" is not`)
}
