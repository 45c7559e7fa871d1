/** Where in the request (a JSON pointer, RFC 6901), and what is wrong there. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

/**
 * The request does not fit the contract: the caller's fault, answered as 422.
 * `preprocess` may throw it too, for what only your team knows ("petal length must be positive").
 */
export class InvalidInput extends Error {
  readonly statusCode = 422
  readonly faults: readonly Fault[]

  constructor(...faults: readonly [Fault, ...Fault[]]) {
    super(faults[0].detail)
    this.name = 'InvalidInput'
    this.faults = faults
  }
}

/** `/data` and `["a/b", 0]` are `/data/a~1b/0`. */
export function extendPointer(pointer: string, ...path: readonly (string | number)[]): string {
  const escaped = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))
  return [pointer, ...escaped].join('/')
}
