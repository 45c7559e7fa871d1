import { statSync } from 'node:fs'
import { basename, dirname, join, posix, win32 } from 'node:path'
import { CreateError, type Issue } from '../errors.ts'
import type { ModelProto, SparseTensorProto, TensorProto } from './onnx_pb.ts'
import { tensorBytes } from './parameters.ts'
import { scopesOf, tensorsOf } from './scopes.ts'

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1

/**
 * The files beside the model that hold its weights, relative to it, sorted, each once. Throws `invalid` for a location
 * outside of the model's folder or a file that is too short, `not_found` for one that is missing; all findings at once.
 */
export function findExternalData(modelPath: string, model: ModelProto): string[] {
  const needed = new Map<string, number>()
  for (const tensor of externalTensors(model)) {
    const { location, offset, length } = externalRange(tensor)
    needed.set(location, Math.max(needed.get(location) ?? 0, offset + length))
  }
  const locations = [...needed.keys()].sort()
  refuseUnsafe(modelPath, locations)
  refuseMissing(modelPath, needed)
  return locations
}

/** Where the values of a tensor are: a file relative to the model, and bytes in it. */
export function externalRange(tensor: TensorProto): { location: string; offset: number; length: number } {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
  return {
    location: (entries.get('location') ?? '').replace(/^(\.\/+)+/, ''),
    offset: toBytes(entries.get('offset'), 0),
    length: toBytes(entries.get('length'), tensorBytes(tensor)),
  }
}

/** Every tensor whose values are in another file. */
export function* externalTensors(model: ModelProto): Generator<TensorProto> {
  for (const scope of scopesOf(model)) {
    for (const { tensor } of tensorsOf(scope)) {
      for (const part of partsOf(tensor)) if (part.dataLocation === EXTERNAL) yield part
    }
  }
}

function partsOf(tensor: TensorProto | SparseTensorProto): TensorProto[] {
  if (tensor.$typeName === 'onnx.TensorProto') return [tensor]
  return [tensor.values, tensor.indices].filter((part) => part !== undefined)
}

function refuseUnsafe(modelPath: string, locations: readonly string[]): void {
  const issues = locations.flatMap((location): Issue[] => {
    const why = location === basename(modelPath) ? 'is the model file itself' : whyUnsafe(location)
    return why ? [{ file: modelPath, message: `external data "${location}" ${why}` }] : []
  })
  if (issues.length === 0) return
  throw new CreateError('invalid', `${modelPath} names external data that cannot be stored beside it.`, {
    hint: 'Save the model again with its data beside it: onnx.save(model, path, save_as_external_data=True, location="model.data").',
    issues,
  })
}

function whyUnsafe(location: string): string | null {
  if (location === '') return 'has no location'
  if (location.includes('\0')) return 'is no file name'
  if (posix.isAbsolute(location) || win32.isAbsolute(location) || /^[a-z]:/i.test(location))
    return 'is an absolute path'
  if (location.split(/[\\/]/).includes('..')) return "climbs out of the model's folder"
  return null
}

function refuseMissing(modelPath: string, needed: ReadonlyMap<string, number>): void {
  const issues: Issue[] = []
  for (const [location, bytes] of needed) {
    const found = statSync(join(dirname(modelPath), location), { throwIfNoEntry: false })
    if (!found?.isFile()) issues.push({ file: location, message: 'is not beside the model' })
    else if (found.size < bytes) {
      issues.push({ file: location, message: `has ${found.size} bytes, but the model reads ${bytes} of it` })
    }
  }
  if (issues.length === 0) return
  const all = issues.every(({ message }) => message === 'is not beside the model')
  throw new CreateError(
    all ? 'not_found' : 'invalid',
    `${modelPath} keeps its weights in files that are not all there.`,
    {
      hint: 'Put them beside the model under the same names (after a clone: git lfs pull).',
      issues,
    },
  )
}

function toBytes(text: string | undefined, otherwise: number): number {
  const bytes = Number(text)
  return text !== undefined && text !== '' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : otherwise
}
