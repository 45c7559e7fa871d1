import type { ModelDim, ModelPort } from '../onnx/facts.ts'
import { DTYPES } from '../words.ts'
import type { Dim, TensorConfig } from './config.ts'
import type { Findings } from './findings.ts'
import { showShape } from './nested.ts'
import type { ConfigInputs } from './resolve.ts'

/** The model's interface as the server will hold it, and where vars.yaml speaks of each tensor. */
export interface Signature {
  readonly inputs: readonly TensorConfig[]
  readonly outputs: readonly TensorConfig[]
}

/** What vars.yaml says of one tensor, and at which paths. */
interface Claim {
  readonly port: ModelPort
  readonly direction: 'input' | 'output'
  readonly dtype: string | undefined
  readonly dtypePath: readonly string[]
  readonly shape: readonly Dim[] | undefined
  readonly shapePath: readonly string[]
}

/** Checks names, dtypes, ranks and dims of vars.yaml against the model. The model is right; vars may name its dims. */
export function resolveSignature(inputs: ConfigInputs, findings: Findings): Signature {
  const { vars, model } = inputs
  refuseBothForms(inputs, findings)
  const required = model.inputs.filter((port) => !model.optionalInputs.includes(port.name))
  const claims = [
    ...(vars.inputs ? claimsByName(inputs, 'input', findings) : classicClaims(inputs, 'input', required, findings)),
    ...(vars.outputs
      ? claimsByName(inputs, 'output', findings)
      : classicClaims(inputs, 'output', model.outputs, findings)),
  ]
  for (const claim of claims) checkClaim(claim, findings)
  const settle = (direction: 'input' | 'output', ports: readonly ModelPort[]) =>
    ports.flatMap((port) =>
      settlePort(
        port,
        claims.find((c) => c.port === port && c.direction === direction),
        direction,
        inputs,
        findings,
      ),
    )
  return { inputs: settle('input', required), outputs: settle('output', model.outputs) }
}

const CLASSIC = {
  input: { type: 'data_type', structure: 'data_structure' },
  output: { type: 'prediction_type', structure: 'prediction_structure' },
} as const

function refuseBothForms({ vars }: ConfigInputs, findings: Findings): void {
  const classic = (
    [
      'data_type',
      'data_structure',
      'data_sample',
      'prediction_type',
      'prediction_structure',
      'prediction_sample',
    ] as const
  ).filter((key) => vars[key] !== undefined)
  if (!vars.inputs && !vars.outputs) return
  for (const key of classic)
    findings.wrong([key], 'stands beside inputs/outputs: use the short form or the long form, not both')
}

/** The short form speaks of one input and of the output that /predict answers. */
function classicClaims(
  inputs: ConfigInputs,
  direction: 'input' | 'output',
  ports: readonly ModelPort[],
  findings: Findings,
): Claim[] {
  const { vars } = inputs
  const { type, structure } = CLASSIC[direction]
  if (vars[type] === undefined && vars[structure] === undefined) return []
  const port = direction === 'input' ? onlyPort(ports) : (predictedPort(inputs, ports) ?? onlyPort(ports))
  if (!port) {
    const names = ports.map(({ name }) => `"${name}"`).join(', ')
    findings.wrong(
      [vars[type] === undefined ? structure : type],
      `describes one ${direction}, but the model has ${ports.length} (${names}): use ${direction}s: instead`,
    )
    return []
  }
  return [{ port, direction, dtype: vars[type], dtypePath: [type], shape: vars[structure], shapePath: [structure] }]
}

function onlyPort(ports: readonly ModelPort[]): ModelPort | undefined {
  return ports.length === 1 ? ports[0] : undefined
}

/** The output that the classic prediction_* keys speak of: the named one, else the class scores, else `probabilities`. */
function predictedPort({ vars, model }: ConfigInputs, ports: readonly ModelPort[]): ModelPort | undefined {
  const named = (name: string | null | undefined) => ports.find((port) => port.name === name)
  return vars.predict?.output !== undefined
    ? named(vars.predict.output)
    : (named(model.scoresOutput) ?? named('probabilities') ?? named('output_probability'))
}

function claimsByName({ vars, model }: ConfigInputs, direction: 'input' | 'output', findings: Findings): Claim[] {
  const key = `${direction}s` as const
  const ports = direction === 'input' ? model.inputs : model.outputs
  const claimed = vars[key] ?? {}
  for (const port of ports) {
    const optional = direction === 'input' && model.optionalInputs.includes(port.name)
    if (!Object.hasOwn(claimed, port.name) && !optional && port.dtype !== null)
      findings.wrong([key], `the model's ${direction} "${port.name}" is missing here`)
  }
  return Object.entries(claimed).flatMap(([name, { dtype, shape }]): Claim[] => {
    const port = ports.find((one) => one.name === name)
    if (port)
      return [{ port, direction, dtype, dtypePath: [key, name, 'dtype'], shape, shapePath: [key, name, 'shape'] }]
    findings.wrong(
      [key, name],
      `the model has no ${direction} "${name}" (it has ${ports.map((one) => `"${one.name}"`).join(', ') || 'none'})`,
    )
    return []
  })
}

function checkClaim({ port, direction, dtype, dtypePath, shape, shapePath }: Claim, findings: Findings): void {
  if (dtype !== undefined && port.dtype !== null && dtype !== port.dtype) {
    findings.wrong(dtypePath, `"${dtype}", but the model's ${direction} "${port.name}" is ${port.dtype}`)
  }
  if (shape === undefined || port.shape === null) return
  if (!shapesAgree(shape, port.shape)) {
    const declared = showShape(nameDims(port.shape))
    findings.wrong(shapePath, `${showShape(shape)}, but the model's ${direction} "${port.name}" is ${declared}`)
  }
}

/** A number must equal a fixed dim; over a dynamic one it is taken as an example of it. A name never stands over a fixed dim. */
function shapesAgree(claimed: readonly Dim[], declared: readonly ModelDim[]): boolean {
  return (
    claimed.length === declared.length &&
    claimed.every((dim, axis) => typeof declared[axis] !== 'number' || dim === declared[axis])
  )
}

function settlePort(
  port: ModelPort,
  claim: Claim | undefined,
  direction: string,
  inputs: ConfigInputs,
  findings: Findings,
): TensorConfig[] {
  if (port.name === '__proto__') {
    // JavaScript gives the name a meaning of its own, and so requests that carry it are refused.
    findings.wrongIn(inputs.modelFile, `the model's ${direction} is called "__proto__": export it under another name`)
    return []
  }
  if (port.dtype === null) {
    findings.wrongIn(
      inputs.modelFile,
      `the model's ${direction} "${port.name}" is ${port.type}, which cannot be served: ${wayOut(port.type, direction)}`,
    )
    return []
  }
  return [{ name: port.name, dtype: port.dtype, shape: settleShape(port, claim) }]
}

function wayOut(type: string, direction: string): string {
  if (type === 'bfloat16')
    return 'export it with float32 or float16 at its inputs and outputs (a Cast inside the model is fine)'
  if (type.startsWith('sequence') && direction === 'output')
    return 'export it with tensor outputs (skl2onnx: options={"zipmap": False})'
  return `export it with inputs and outputs that are tensors of ${DTYPES.join(', ')}`
}

function settleShape(port: ModelPort, claim: Claim | undefined): readonly Dim[] | null {
  if (port.shape === null) return claim?.shape ?? null
  return nameDims(port.shape, claim?.shape)
}

/** Dims that the model leaves unnamed take vars' name, else `batch` when leading, else `dim_<axis>`. A fixed size over a dynamic dim further in is vars' promise. */
function nameDims(declared: readonly ModelDim[], claimed: readonly Dim[] = []): readonly Dim[] {
  return declared.map((dim, axis) => {
    if (dim !== null) return dim
    const named = claimed[axis]
    if (typeof named === 'string' && named !== '?') return named
    return axis === 0 ? 'batch' : `dim_${axis}`
  })
}
