import { DataError } from '../ml/errors.ts'
import type { Decoded, Pipeline, PredictBody } from '../ml/pipeline.ts'
import { Prepared } from '../ml/prepared.ts'
import type { Contract } from '../transforms/types.ts'
import { bodyWithIds, idOf, itemsOf } from './body.ts'
import type { DataCache, Found } from './cache.ts'
import type { Kept } from './kept.ts'
import type { DataFile, Value } from './value.ts'

export interface CachedOptions {
  readonly cache: DataCache
  readonly kept: Kept
  readonly contract: Contract
  readonly maxIds: number
  /** GET /predict/test asks for it; null: for the sample, as without a cache. */
  readonly sampleId: string | null
}

/** The pipeline with data by id: what is found in the cache goes past decode and preprocess. */
export function withCache(inner: Pipeline, { cache, kept, contract, maxIds, sampleId }: CachedOptions): Pipeline {
  return {
    ...inner,
    bodySchema: bodyWithIds(inner.bodySchema, contract, sampleId),
    ...(sampleId !== null && { example: { data: sampleId } }),
    items: (body) => itemsOf(body, maxIds),
    async decode(body) {
      const id = idOf(body, contract)
      return id === null ? inner.decode(body) : decodeFound(inner, kept, await cache.get(id))
    },
    preprocess: (input) => (input instanceof Prepared ? input.tensors : inner.preprocess(input)),
  }
}

function decodeFound(inner: Pipeline, kept: Kept, found: Found): Decoded | Promise<Decoded> {
  if (found.kind === 'file') return inner.decode(toBody(found.file, inner))
  return new Prepared(kept.name(found.tensors))
}

/** What is kept of a file. Throws what decode, preprocess and the encoder throw. */
export async function prepareFile(inner: Pipeline, kept: Kept, file: DataFile): Promise<Value> {
  if (kept.level === 'input') return { kind: 'file', file }
  return kept.make(inner.preprocess(await inner.decode(toBody(file, inner))), inner.infer)
}

/** As if it had been the body of a request. Where nobody says what it is, it is what the model takes. */
function toBody({ bytes, type }: DataFile, { bodyTypes }: Pipeline): PredictBody {
  const isJson = type === undefined ? bodyTypes.length === 0 : type === 'application/json' || type.endsWith('+json')
  if (!isJson) return { data: bytes, ...(type !== undefined && { type }) }
  try {
    return { data: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) }
  } catch {
    throw new DataError(422, 'The data is no valid JSON.')
  }
}
