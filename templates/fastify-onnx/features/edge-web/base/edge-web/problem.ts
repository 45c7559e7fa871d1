/** The closed list of what can go wrong here. */
export type ProblemCode =
  /** What came is not what was exported. */
  | 'tampered'
  /** It did not come, or not whole. */
  | 'download'
  /** The browser's runtime cannot run the model. */
  | 'operator'
  /** The values do not fit the model. */
  | 'input'
  /** The file is no image that the browser can read. */
  | 'image'
  | 'camera'
  /** The page was not opened over https. */
  | 'insecure'
  /** Our own fault. */
  | 'unexpected'

/** Plain data, as it goes from the worker to the page. */
export interface ProblemFacts {
  readonly code: ProblemCode
  /** What happened. */
  readonly message: string
  /** What to do about it, or what happens instead. */
  readonly hint: string
  /** JSON pointers into the values. */
  readonly pointers: readonly string[]
}

/** Something that the person in front of the device has to be told. */
export class Problem extends Error implements ProblemFacts {
  readonly code: ProblemCode
  readonly hint: string
  readonly pointers: readonly string[]

  constructor({
    code,
    message,
    hint = '',
    pointers = [],
  }: Partial<ProblemFacts> & Pick<ProblemFacts, 'code' | 'message'>) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.hint = hint
    this.pointers = pointers
  }
}

/** Any error as what can be shown. */
export function explainProblem(error: unknown): ProblemFacts {
  if (error instanceof Problem) {
    const { code, message, hint, pointers } = error
    return { code, message, hint, pointers }
  }
  return { code: 'unexpected', message: messageOf(error), hint: 'Reload the page to start again.', pointers: [] }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
