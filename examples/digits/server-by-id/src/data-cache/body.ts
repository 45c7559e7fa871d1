import { type JsonSchema, objectSchema } from '../json-schema.ts'
import type { Item, PredictBody } from '../ml/pipeline.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { Contract } from '../transforms/types.ts'
import { assertId } from './ids.ts'

/** Stands for the data that lies under an id, where `data` would be. */
export class DataId {
  readonly id: string

  constructor(id: string) {
    this.id = id
  }
}

/** A model whose only input is strings: a string as `data` is data then, and ids are asked for by `ids` only. */
export function takesStrings({ inputs }: Contract): boolean {
  return inputs.length === 1 && inputs[0]?.dtype === 'string'
}

/** The id that `data` of a body is; null where it is data. Throws InvalidInput. */
export function idOf({ data }: PredictBody, contract: Contract): string | null {
  if (data instanceof DataId) {
    assertId(data.id, '')
    return data.id
  }
  if (typeof data !== 'string' || takesStrings(contract)) return null
  assertId(data, '/data')
  return data
}

/** The bodies that `{"ids": [...]}` stands for; null: it is another body. Throws InvalidInput. */
export function itemsOf(body: object, maxIds: number): readonly Item[] | null {
  if (!('ids' in body)) return null
  const { ids, ...others } = body
  if (Object.keys(others).length > 0)
    throw new InvalidInput({ pointer: '', detail: 'either "data" or "ids", not both' })
  if (!Array.isArray(ids) || ids.length === 0) {
    throw new InvalidInput({ pointer: '/ids', detail: 'expected a list of ids, at least one' })
  }
  if (ids.length > maxIds) {
    throw new InvalidInput({
      pointer: '/ids',
      detail: `at most ${maxIds} ids (CACHE_MAX_IDS) in a request, got ${ids.length}`,
    })
  }
  return ids.map((id: unknown, index) => {
    if (typeof id !== 'string') throw new InvalidInput({ pointer: `/ids/${index}`, detail: 'an id is a string' })
    return { id, body: { data: new DataId(id) } }
  })
}

/** The body of the inner pipeline, and beside it ids. What is wrong with them, `itemsOf` says in better words than a schema. */
export function bodyWithIds(inner: JsonSchema, contract: Contract, example: string | null): JsonSchema {
  const { data = {} } = { ...inner.properties }
  const examples = example === null ? {} : { examples: [example] }
  const id: JsonSchema = { type: 'string', description: 'The id of data that the server finds by itself.', ...examples }
  const ids: JsonSchema = {
    description: 'Ids; the answer has a prediction for each, or null and an error.',
    type: 'array',
    items: {},
  }
  return {
    additionalProperties: false,
    ...objectSchema({ data: takesStrings(contract) ? data : { anyOf: [data, id] }, ids }, ['data', 'ids']),
    anyOf: [{ required: ['data'] }, { required: ['ids'] }],
  }
}
