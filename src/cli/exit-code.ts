import type { ErrorCode } from '../errors.ts'

/** Exit code by kind of error (CLI.md). 0 is done, 70 our own fault. */
export const EXIT_CODES = {
  runtime: 1,
  usage: 2,
  invalid: 2,
  not_found: 2,
  untrusted: 4,
  conflict: 5,
  unsupported_template: 8,
  over_budget: 9,
  interrupted: 130,
} as const satisfies Record<ErrorCode, number>

export const EXIT_OUR_FAULT = 70
