import type { ModelFacts, ModelPort } from '../onnx/facts.ts'
import type { Config } from './config.ts'
import type { Findings } from './findings.ts'
import { showShape } from './nested.ts'
import type { ConfigInputs } from './resolve.ts'

const CACHE = ['options', 'data_cache'] as const

export interface JoinedModel {
  /** What requests meet: the inputs of the encoder where there is one, the outputs of the model that it feeds. */
  readonly model: ModelFacts
  readonly encoder: Config['encoder']
}

/**
 * options.data_cache.encoder and the model are parts of one model: what the encoder gives, the model takes. Checked against each
 * other, and level: features without an encoder, or the other way round, is said.
 */
export function joinEncoder({ vars, model, encoder }: ConfigInputs, findings: Findings): JoinedModel {
  const alone = { model, encoder: null }
  const cache = vars.options.data_cache
  if (cache?.level !== 'features') {
    if (cache?.encoder) findings.wrong([...CACHE, 'encoder'], 'goes with level: features only')
    return alone
  }
  if (!cache.encoder || !encoder) {
    findings.wrong([...CACHE, 'level'], 'features needs encoder: {model_file_name, output}')
    return alone
  }
  const { model_file_name: file, output: name } = cache.encoder
  if (file === vars.model_file_name) {
    findings.wrong([...CACHE, 'encoder', 'model_file_name'], 'is the model itself: name the part in front of it')
    return alone
  }
  const output = findOutput(encoder, name, findings)
  const input = findInput(model, findings)
  if (!output || !input) return alone
  const features = agree(output, input, findings)
  return {
    model: join(model, encoder),
    encoder: features && {
      file,
      sha256: encoder.sha256,
      bytes: encoder.bytes,
      external_data: encoder.externalData,
      output: name,
      input: input.name,
      features,
    },
  }
}

function findOutput({ outputs }: ModelFacts, name: string, findings: Findings): ModelPort | undefined {
  const output = outputs.find((each) => each.name === name)
  if (output) return output
  const names = outputs.map((each) => `"${each.name}"`).join(', ')
  findings.wrong([...CACHE, 'encoder', 'output'], `the encoder has no output "${name}" (it has ${names || 'none'})`)
  return undefined
}

function findInput({ inputs, optionalInputs }: ModelFacts, findings: Findings): ModelPort | undefined {
  const [input, ...others] = inputs.filter(({ name }) => !optionalInputs.includes(name))
  if (input && others.length === 0) return input
  const names = [input, ...others].flatMap((each) => each?.name ?? [])
  findings.wrong(
    [...CACHE, 'encoder'],
    `feeds the one input of the model, but the model has ${names.length}${names.length > 0 ? ` (${names.join(', ')})` : ''}`,
  )
  return undefined
}

/** What is handed over, as the encoder declares it and with the sizes that only the model knows; null, said why, when they differ. */
function agree(output: ModelPort, input: ModelPort, findings: Findings) {
  const wrong = (message: string) => {
    findings.wrong([...CACHE, 'encoder', 'output'], message)
    return null
  }
  const [given, taken] = [`"${output.name}" is ${describe(output)}`, `"${input.name}" is ${describe(input)}`]
  if (output.dtype === null || output.dtype !== input.dtype) return wrong(`${given}, but the model's input ${taken}`)
  const [shape, wanted] = [output.shape, input.shape]
  if (shape === null || wanted === null)
    return wrong(`${given}: its rank must be declared, as that of the model's input`)
  const fits = shape.length === wanted.length && shape.every((dim, axis) => isSame(dim, wanted[axis] ?? null))
  if (!fits) return wrong(`${given}, but the model's input ${taken}`)
  const dims = shape.map((dim, axis) => {
    if (typeof dim === 'number') return dim
    const other = wanted[axis]
    return typeof other === 'number' ? other : axis === 0 ? 'batch' : `dim_${axis}`
  })
  return { name: output.name, dtype: output.dtype, shape: dims }
}

/** A size that only one of them declares is taken from there. */
function isSame(a: string | number | null, b: string | number | null): boolean {
  return typeof a !== 'number' || typeof b !== 'number' || a === b
}

function describe({ type, shape }: ModelPort): string {
  return `${type} ${showShape(shape?.map((dim) => dim ?? '?') ?? null)}`
}

function join(model: ModelFacts, encoder: ModelFacts): ModelFacts {
  return {
    ...model,
    inputs: encoder.inputs,
    optionalInputs: encoder.optionalInputs,
    ops: { ...model.ops, ...encoder.ops },
    customOps: [...model.customOps, ...encoder.customOps],
    warnings: [...model.warnings, ...encoder.warnings],
  }
}
