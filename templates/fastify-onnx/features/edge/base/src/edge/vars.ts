/** What the server needs to know of options.edge; the rest is for `npm run edge:export`. */
export interface EdgeVars {
  readonly targets: readonly ('web' | 'android' | 'board')[]
  /** Whether it shows edge/ to browsers. */
  readonly host: boolean
}
