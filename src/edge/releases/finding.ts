/** Something that is not as it should be in a release directory. */
export interface Finding {
  /** An error keeps devices from the release, or is dangerous. */
  readonly level: 'error' | 'warning'
  readonly file: string
  /** Dotted path in the file, or empty. */
  readonly at: string
  readonly message: string
}
