import * as z from 'zod'
import { CreateError } from '../errors.ts'

/** A label file: names in file order, by the key that they were given (`"0"`, or the index in a list). */
export interface Labels {
  readonly file: string
  /** True for a list: its order is the order of the columns. */
  readonly isList: boolean
  readonly entries: readonly { readonly key: string; readonly label: string }[]
}

const label = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const labelsSchema = z.union([z.array(label), z.record(z.string(), label)])

/**
 * Reads `{"0": "setosa", ...}` or `["setosa", ...]`.
 * @throws CreateError `invalid` when it is neither.
 */
export function parseLabels(file: string, text: string): Labels {
  const hint = 'Write {"0": "setosa", "1": "versicolor"} or ["setosa", "versicolor"].'
  const json = parseJson(file, text, hint)
  const parsed = labelsSchema.safeParse(json)
  if (!parsed.success) throw new CreateError('invalid', `${file} is not a label file`, { hint })
  const entries = Object.entries(parsed.data).map(([key, name]) => ({ key, label: name }))
  if (entries.length === 0) throw new CreateError('invalid', `${file} holds no labels`, { hint })
  return { file, isList: Array.isArray(parsed.data), entries }
}

function parseJson(file: string, text: string, hint: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new CreateError('invalid', `${file} is not valid JSON`, { issues: [{ file, message }], hint, cause })
  }
}
