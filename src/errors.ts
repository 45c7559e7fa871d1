/**
 * The closed list of what can go wrong for a user. The process edge (`cli/`) maps each to an exit code;
 * anything that is not a CreateError is our own fault (exit 70).
 */
export const ERROR_CODES = [
  'usage', // a flag, a missing value: exit 2
  'invalid', // an input file contradicts itself, the model or the schema: exit 2
  'not_found', // an input file is not there: exit 2
  'untrusted', // code that needs --trust: exit 4
  'conflict', // files in the target that we would have to overwrite: exit 5
  'unsupported_template', // a lock of a template version that is gone: exit 8
  'over_budget', // what was measured is beyond a limit that was set: exit 9
  'runtime', // disk full, permission denied, a child process failed: exit 1
  'interrupted', // Ctrl-C: exit 130
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** One finding: where (file, 1-based line and column where known, path inside the document) and what. */
export interface Issue {
  file?: string
  line?: number
  col?: number
  /** Dotted path inside the document, such as `options.data_cache.tier`. */
  path?: string
  message: string
}

/** What every stage throws at a user: data, printed in one place (`cli/print.ts`), never with a stack. */
export class CreateError extends Error {
  readonly code: ErrorCode
  /** What to do next: a sentence or a command. */
  readonly hint: string | undefined
  readonly issues: readonly Issue[]

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string | undefined; issues?: readonly Issue[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'CreateError'
    this.code = code
    this.hint = more.hint
    this.issues = more.issues ?? []
  }
}
