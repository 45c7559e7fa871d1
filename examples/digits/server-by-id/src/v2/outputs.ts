import { describe } from '../transforms/elements.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { TensorSpec } from '../transforms/types.ts'
import type { InferRequest, Parameters, RequestOutput } from './schema.ts'

export interface WantedOutput {
  readonly name: string
  readonly binary: boolean
}

/** Of Triton's other extensions. Whoever sends them expects another answer than they would get. */
const UNSUPPORTED = ['classification', 'shared_memory_region']

/**
 * The outputs that a request names, in its order, else all of the model. Each is JSON, unless `binary_data` of the output or
 * else `binary_data_output` of the request says otherwise. Throws InvalidInput.
 */
export function readOutputs(
  { outputs, parameters }: InferRequest,
  specs: readonly TensorSpec[],
): readonly WantedOutput[] {
  const byDefault = readFlag(parameters, 'binary_data_output', '/parameters') ?? false
  const requested: readonly RequestOutput[] = outputs?.length ? outputs : specs
  const names = new Set<string>()
  return requested.map((output, index) => {
    const pointer = `/outputs/${index}`
    const spec = specs.find(({ name }) => name === output.name)
    if (!spec) throw new InvalidInput({ pointer, detail: `the model has no output ${describe(output.name)}` })
    if (names.has(spec.name)) throw new InvalidInput({ pointer, detail: `${describe(spec.name)} is asked for twice` })
    names.add(spec.name)
    const binary = readFormat(output, pointer) ?? byDefault
    if (!binary && spec.dtype === 'float16') {
      throw new InvalidInput({
        pointer,
        detail: `FP16 is not sent as JSON: ask for ${describe(spec.name)} as binary data`,
      })
    }
    return { name: spec.name, binary }
  })
}

function readFormat({ parameters }: RequestOutput, pointer: string): boolean | undefined {
  const unsupported = parameters && UNSUPPORTED.find((key) => Object.hasOwn(parameters, key))
  if (unsupported !== undefined) {
    throw new InvalidInput({
      pointer: `${pointer}/parameters/${unsupported}`,
      detail: 'this extension is not supported',
    })
  }
  return readFlag(parameters, 'binary_data', `${pointer}/parameters`)
}

function readFlag(parameters: Parameters | undefined, key: string, pointer: string): boolean | undefined {
  const value = parameters?.[key]
  if (value === undefined || typeof value === 'boolean') return value
  throw new InvalidInput({ pointer: `${pointer}/${key}`, detail: `must be true or false, got ${describe(value)}` })
}
