import * as z from 'zod'
import { type EdgeChoice, findEdgeFaults } from '../create.ts'
import { CreateError } from '../errors.ts'
import { EDGE_DEFAULTS, EDGE_TARGETS, type EdgeTarget, FORMATS, PRECISIONS } from '../words.ts'
import type { BuiltServer } from './target.ts'

/** What `edge export` is told; what it is not told, the server's vars say (options.edge), else their defaults. */
export interface EdgeFlags {
  readonly target?: readonly string[] | undefined
  readonly precision?: string | undefined
  readonly format?: string | undefined
  /** 0 to 1, as typed. */
  readonly minAgreement?: string | undefined
}

export interface EdgeOptions extends EdgeChoice {
  readonly minAgreement: number
}

/** options.edge of a lock. */
const stored = z.object({
  targets: z.array(z.enum(EDGE_TARGETS)).default([...EDGE_DEFAULTS.targets]),
  precision: z.enum(PRECISIONS).default(EDGE_DEFAULTS.precision),
  format: z.enum(FORMATS).default(EDGE_DEFAULTS.format),
  min_agreement: z.number().default(EDGE_DEFAULTS.min_agreement),
})

/** Throws CreateError `usage` for what no model can be exported to, `invalid` for what this one cannot. */
export function resolveEdgeOptions({ config }: BuiltServer, flags: EdgeFlags): EdgeOptions {
  const { targets, precision, format, min_agreement } = stored.parse(config.options.edge ?? {})
  const options: EdgeOptions = {
    targets: flags.target ? readTargets(flags.target) : targets,
    precision: readWord('--precision', flags.precision, PRECISIONS) ?? precision,
    format: readWord('--format', flags.format, FORMATS) ?? format,
    minAgreement: readAgreement(flags.minAgreement) ?? min_agreement,
  }
  const faults = findEdgeFaults(config, options)
  if (faults.length === 0) return options
  throw new CreateError('invalid', `${config.name} cannot be exported like this`, {
    issues: faults.map(({ key, message }) => ({ path: key, message })),
  })
}

/** `--target web,android` and `--target web --target android` are one. */
function readTargets(words: readonly string[]): EdgeTarget[] {
  const targets = words
    .flatMap((word) => word.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .flatMap((word) => readWord('--target', word, EDGE_TARGETS) ?? [])
  return [...new Set(targets)]
}

function readWord<Word extends string>(
  flag: string,
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined
  const word = words.find((one) => one === value)
  if (word !== undefined) return word
  throw new CreateError('usage', `${flag} "${value}" is not known`, { hint: `It is one of ${words.join(', ')}.` })
}

function readAgreement(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= 0 && value <= 1) return value
  throw new CreateError('usage', `--min-agreement "${text}" is no share`, {
    hint: 'A number from 0 to 1: 0.99 is 99 of 100 samples with the same best label.',
  })
}
