import { DataError, ModelError } from '../ml/errors.ts'
import type { Decoded, Pipeline, PredictBody } from '../ml/pipeline.ts'
import { Prepared } from '../ml/prepared.ts'
import type { Contract, Tensors } from '../transforms/types.ts'
import { bodyWithIds, idOf, itemsOf } from './body.ts'
import type { DataCache, Found } from './cache.ts'
import type { DataFile, Value } from './value.ts'

export interface CachedOptions {
  readonly cache: DataCache
  readonly contract: Contract
  readonly maxIds: number
  /** GET /predict/test asks for it; null: for the sample, as without a cache. */
  readonly sampleId: string | null
}

/** The pipeline with data by id: what is found in the cache goes past decode and preprocess. */
export function withCache(inner: Pipeline, { cache, contract, maxIds, sampleId }: CachedOptions): Pipeline {
  return {
    ...inner,
    bodySchema: bodyWithIds(inner.bodySchema, contract, sampleId),
    ...(sampleId !== null && { example: { data: sampleId } }),
    items: (body) => itemsOf(body, maxIds),
    decode(body) {
      const id = idOf(body, contract)
      if (id !== null) return decodeFound(inner, contract, id, cache)
      return inner.decode(body)
    },
    preprocess: (input) => (input instanceof Prepared ? input.tensors : inner.preprocess(input)),
  }
}

async function decodeFound(inner: Pipeline, contract: Contract, id: string, cache: DataCache): Promise<Decoded> {
  const found: Found = await cache.get(id)
  if (found.kind === 'file') return inner.decode(toBody(found.file))
  const named = contract.inputs.map(({ name }, index) => [name, found.tensors[index]])
  return new Prepared(Object.fromEntries(named))
}

/** What is kept of a file at level preprocessed: the model's inputs. Throws what decode and preprocess throw. */
export async function prepareFile(inner: Pipeline, { inputs }: Contract, file: DataFile): Promise<Value> {
  const tensors: Tensors = inner.preprocess(await inner.decode(toBody(file)))
  const inOrder = inputs.map(({ name }) => {
    const tensor = tensors[name]
    if (tensor === undefined) throw new ModelError(`preprocess gave no "${name}"`)
    return tensor
  })
  return { kind: 'tensors', tensors: inOrder }
}

function toBody({ bytes, type }: DataFile): PredictBody {
  if (type !== 'application/json' && !type.endsWith('+json')) return { data: bytes, type }
  try {
    return { data: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) }
  } catch {
    throw new DataError(422, 'The data is no valid JSON.')
  }
}
