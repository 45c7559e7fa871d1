/** Who may change a file after it was generated; CLI.md says what running again does to each. */
export const OWNERS = ['template', 'shared', 'team'] as const

export type Owner = (typeof OWNERS)[number]

/** Files that are neither copied nor rendered from a template, but made by code from the inputs. */
export const ARTIFACTS = [
  'model',
  'external-data',
  'labels',
  'vars',
  'schema',
  'mapping',
  'package-lock',
  'sample',
] as const

export type Artifact = (typeof ARTIFACTS)[number]

/** One file to be: `to` is relative to the target, with forward slashes. `from` is relative to the template's folder (copy, render). */
export type PlannedFile = {
  readonly to: string
  /** POSIX permission bits: 0o644 or 0o755. */
  readonly mode: number
  readonly owner: Owner
} & (
  | { readonly kind: 'copy' | 'render'; readonly from: string }
  | { readonly kind: 'artifact'; readonly from: Artifact; readonly source?: string }
)

/** All files of a server, sorted by `to`. */
export interface Plan {
  readonly files: readonly PlannedFile[]
}
