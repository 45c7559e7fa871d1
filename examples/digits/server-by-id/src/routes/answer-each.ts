import { type JsonSchema, objectSchema } from '../json-schema.ts'
import { DataError } from '../ml/errors.ts'
import type { Item, PredictBody } from '../ml/pipeline.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { Json } from '../transforms/types.ts'

/** Why an item has no prediction. */
interface ItemError {
  /** Of the item in the request. */
  readonly index: number
  readonly id: string
  readonly status: number
  readonly detail: string
}

export interface Answers {
  /** In the order of the items; null where there is an error. */
  readonly prediction: readonly Json[]
  /** Only when there are any. */
  readonly errors?: readonly ItemError[]
}

/**
 * Answers each by itself, but all in one turn of the event loop, so that they share batches. What is wrong with one, such as an
 * unknown id, is said in its place; what would have happened to any request, such as a full queue, is thrown.
 */
export async function answerEach(
  items: readonly Item[],
  predict: (body: PredictBody) => Promise<Json>,
): Promise<Answers> {
  const settled = await Promise.allSettled(items.map(({ body }) => predict(body)))
  const errors: ItemError[] = []
  const prediction = settled.map((result, index): Json => {
    if (result.status === 'fulfilled') return result.value
    errors.push({ index, id: items[index]?.id ?? '', ...explainItem(result.reason) })
    return null
  })
  return errors.length > 0 ? { prediction, errors } : { prediction }
}

function explainItem(error: unknown): { status: number; detail: string } {
  if (error instanceof DataError) return { status: error.statusCode, detail: error.message }
  if (!(error instanceof InvalidInput)) throw error
  const detail = error.faults
    .map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`))
    .join('; ')
  return { status: error.statusCode, detail }
}

/** Of `Answers`, whose predictions look so. */
export function answersSchema(one: JsonSchema): JsonSchema {
  const { prediction = {} } = { ...one.properties }
  const error = objectSchema({
    index: { type: 'integer' },
    id: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  })
  const several = { type: 'array', items: { anyOf: [prediction, { type: 'null' }] } }
  return objectSchema({ prediction: several, errors: { type: 'array', items: error } }, ['errors'])
}
