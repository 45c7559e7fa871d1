import { closest, distance } from 'fastest-levenshtein'
import type * as z from 'zod'
import type { Issue } from '../errors.ts'
import type { YamlFile, YamlPath } from './yaml.ts'

type ZodIssue = z.ZodError['issues'][number]

/** Turns what zod found into findings with file, line and column, in the words of a user. */
export function explainSchemaIssues(error: z.ZodError, schema: z.ZodType, yaml: YamlFile): Issue[] {
  return error.issues.flatMap((issue) => explain(issue, schema, yaml))
}

function explain(issue: ZodIssue, schema: z.ZodType, yaml: YamlFile): Issue[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => ({
      ...yaml.locateKey([...path, key]),
      path: [...path, key].join('.'),
      message: `unknown key${didYouMean(key, known)}`,
    }))
  }
  return [{ ...yaml.locate(path), path: path.join('.'), message: describe(issue, valueAt(yaml.value, path)) }]
}

function describe(issue: ZodIssue, value: unknown): string {
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_union')) return 'is missing'
  if (issue.code === 'invalid_value') {
    const options = issue.values.map(String)
    return `${show(value)} is not one of ${options.join(', ')}${didYouMean(String(value), options)}`
  }
  if (issue.code === 'invalid_type') return `${show(value)} is not ${withArticle(issue.expected)}`
  return `${show(value)}: ${issue.message}`
}

function withArticle(type: string): string {
  const word = type === 'record' || type === 'object' ? 'map' : type === 'array' ? 'list' : type
  return word === 'int' ? 'a whole number' : `a ${word}`
}

/** ` (did you mean "x"?)` for a word that is close to a known one, else the empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const near = closest(word, known)
  return distance(word, near) <= Math.max(2, Math.ceil(near.length / 3)) ? ` (did you mean "${near}"?)` : ''
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), value)
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}

/** The keys that a schema knows at a path: walked in its JSON Schema, which has one form for all of zod's wrappers. */
function keysAt(schema: z.ZodType, path: YamlPath): string[] {
  const found = path.reduce<unknown>(
    (at, step) => {
      const properties = isRecord(at) && isRecord(at.properties) ? at.properties : {}
      return properties[step]
    },
    schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }),
  )
  return isRecord(found) && isRecord(found.properties) ? Object.keys(found.properties) : []
}
