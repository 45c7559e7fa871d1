import type { NestedValue, Vars } from '../inputs/vars.ts'
import type { YamlPath } from '../inputs/yaml.ts'
import type { Config, Json, TensorConfig } from './config.ts'
import { deriveSample } from './derive-sample.ts'
import type { Findings } from './findings.ts'
import { checkTensorValue, shapeOf, showShape } from './nested.ts'
import type { Signature } from './signature.ts'
import type { ResolvedTask } from './task.ts'

/** A value of vars.yaml that shall be a tensor, with the path that findings point at. */
interface Given {
  readonly tensor: TensorConfig
  readonly value: NestedValue | undefined
  readonly path: YamlPath
}

/** The sample request and the prediction that it must give, each checked element by element against the model. */
export function resolveSample(
  vars: Vars,
  signature: Signature,
  { task, predict }: ResolvedTask,
  rows: boolean,
  findings: Findings,
): Config['sample'] {
  const data = resolveData(vars, signature, findings)
  const answered = signature.outputs.filter(({ name }) => predict.output === null || name === predict.output)
  const unwraps = rows && task !== 'tensor'
  const predictions = answered.flatMap((tensor) => {
    const given = givenPrediction(vars, tensor)
    return given.value === undefined ? [] : [{ name: tensor.name, value: checkPrediction(given, unwraps, findings) }]
  })
  const complete = predictions.length === answered.length
  const byName: Json = Object.fromEntries(predictions.map(({ name, value }) => [name, value]))
  return {
    given: vars.sample === 'given',
    data,
    prediction: complete ? (predict.output === null ? byName : (predictions[0]?.value ?? null)) : null,
  }
}

function resolveData(vars: Vars, { inputs }: Signature, findings: Findings): Json {
  const [only] = inputs
  const isGiven = inputs.some((tensor) => givenData(vars, tensor).value !== undefined)
  if (vars.sample === 'derived' && !isGiven) return deriveSample(inputs)
  if (vars.preprocess.kind === 'image' && only) return checkImage(givenData(vars, only), findings)
  const samples = inputs.map((tensor) => ({
    name: tensor.name,
    value: checkData(givenData(vars, tensor), vars, findings),
  }))
  return samples.length === 1 && samples[0]
    ? samples[0].value
    : Object.fromEntries(samples.map(({ name, value }) => [name, value]))
}

function givenData(vars: Vars, tensor: TensorConfig): Given {
  return vars.inputs
    ? { tensor, value: vars.inputs[tensor.name]?.sample, path: ['inputs', tensor.name, 'sample'] }
    : { tensor, value: vars.data_sample, path: ['data_sample'] }
}

function givenPrediction(vars: Vars, tensor: TensorConfig): Given {
  return vars.outputs
    ? { tensor, value: vars.outputs[tensor.name]?.sample, path: ['outputs', tensor.name, 'sample'] }
    : { tensor, value: vars.prediction_sample, path: ['prediction_sample'] }
}

function checkData({ tensor, value, path }: Given, vars: Vars, findings: Findings): Json {
  if (value === undefined) {
    findings.wrong(
      path,
      `is missing: give one valid value for the model's input "${tensor.name}", ${tensor.dtype} ${showShape(tensor.shape)}`,
    )
    return null
  }
  const wrong = checkTensorValue(value, tensor.dtype, tensor.shape)
  if (wrong) findings.wrong(path, `${wrong} (the model's input "${tensor.name}", ${tensor.dtype})`)
  else checkSampleRows({ tensor, value, path }, vars, findings)
  return value
}

/** The name of a file, which is copied to models/ and becomes the request `{"b64": ...}` there (VARS.md, "preprocess"). */
function checkImage({ value, path }: Given, findings: Findings): Json {
  if (value === undefined) findings.wrong(path, 'is missing: name an image file beside this one')
  else if (typeof value !== 'string')
    findings.wrong(path, 'must be the name of an image file beside this one (preprocess.kind is image)')
  else return { image: value }
  return null
}

/** `(1,4)` with two rows in the sample: one of the two is a mistake. */
function checkSampleRows({ value, path }: Given, vars: Vars, findings: Findings): void {
  const claimed = path[0] === 'data_sample' ? vars.data_structure : vars.inputs?.[String(path[1])]?.shape
  const actual = shapeOf(value ?? null)
  if (claimed === undefined || 'ragged' in actual) return
  const differs =
    claimed.length === actual.shape.length &&
    claimed.some((dim, axis) => typeof dim === 'number' && dim !== actual.shape[axis])
  if (differs)
    findings.wrong(path, `has the shape ${showShape(actual.shape)}, but the structure is ${showShape(claimed)}`)
}

/** One row may be written with or without the leading 1; it is kept as /predict answers it. */
function checkPrediction({ tensor, value, path }: Given, unwraps: boolean, findings: Findings): Json {
  const json = toJson(value ?? null)
  const actual = shapeOf(json)
  const rank = tensor.shape?.length
  const isBare = !('ragged' in actual) && rank !== undefined && actual.shape.length === rank - 1
  const full = isBare ? [json] : json
  const wrong = checkTensorValue(withoutNonFinite(full), tensor.dtype, tensor.shape)
  if (wrong) findings.wrong(path, `${wrong} (the model's output "${tensor.name}", ${tensor.dtype})`)
  const [row, ...others] = Array.isArray(full) ? full : []
  return unwraps && row !== undefined && others.length === 0 ? row : full
}

/** Non-finite results are answered as the strings "NaN", "Infinity", "-Infinity" (SERVER.md). */
function toJson(value: NestedValue | null): Json {
  if (Array.isArray(value)) return value.map(toJson)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function withoutNonFinite(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNonFinite)
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? 0 : value
}
