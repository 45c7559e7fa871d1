/** What a caller asks for: the flags of the command line, or the argument of `create()`. Paths are relative to `cwd`. */
export interface Request {
  /** The folder that paths are relative to; default: the current one. */
  readonly cwd?: string
  readonly name?: string
  readonly variableFile?: string
  readonly correspondFilePath?: string
  readonly model?: string
  readonly labels?: string
  readonly out?: string
  /** `key=value`, dotted keys of vars.yaml. */
  readonly set?: readonly string[]
  /** A template folder of the user's own: code, so only with `trust`. */
  readonly template?: string
  readonly trust?: boolean
}
