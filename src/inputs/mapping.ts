import * as z from 'zod'
import { CreateError } from '../errors.ts'
import { OWNERS } from '../words.ts'
import { explainSchemaIssues } from './schema-issues.ts'
import { type Place, parseYaml } from './yaml.ts'

/** The name that a mapping is looked up by beside vars.yaml, as in the original pattern. */
export const MAPPING_FILE = 'correspond_file_path.yaml'

const plain = z.union([z.string(), z.number(), z.boolean(), z.null()])

const entry = z.union(
  [
    z.string().transform((path) => ({ path })),
    z.strictObject({
      path: z.string(),
      when: z.record(z.string(), plain).optional(),
      owner: z.enum(OWNERS).optional(),
      required: z.boolean().optional(),
    }),
  ],
  { error: 'expected "{}/path" or a map of path, when, owner, required' },
)

const mappingSchema = z.record(z.string(), z.union([z.array(entry).min(1), entry.transform((one) => [one])]))

/** One line of a mapping: which template becomes which file. `path` starts with `{}/`, `{}` being the server's name. */
export interface MappingEntry {
  readonly template: string
  readonly path: string
  /** Dotted Config keys and the values that must all be equal. */
  readonly when: Readonly<Record<string, string | number | boolean | null>>
  readonly owner: (typeof OWNERS)[number]
  /** base/ imports it: a user's mapping must keep it where it is. */
  readonly required: boolean
  readonly place: Place
}

/**
 * Parses correspond_file_path.yaml (CLI.md, "Mapping").
 * @throws CreateError `invalid` with the position of every entry that is wrong.
 */
export function parseMapping(file: string, text: string): MappingEntry[] {
  const yaml = parseYaml(file, text)
  const parsed = mappingSchema.safeParse(yaml.value ?? {})
  if (!parsed.success) {
    throw new CreateError('invalid', `${file} is not a valid mapping`, {
      issues: explainSchemaIssues(parsed.error, mappingSchema, yaml),
      hint: 'An entry reads: Dockerfile.njk: "{}/Dockerfile"',
    })
  }
  return Object.entries(parsed.data).flatMap(([template, entries]) =>
    entries.map((one) => ({
      template,
      path: one.path,
      when: ('when' in one && one.when) || {},
      owner: ('owner' in one && one.owner) || 'shared',
      required: ('required' in one && one.required) || false,
      place: yaml.locate([template]),
    })),
  )
}
