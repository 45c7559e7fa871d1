import type { Owner } from '../words.ts'

/** Files that are neither copied nor rendered from a template, but made by code from the inputs. */
export const ARTIFACTS = [
  'model',
  'external-data',
  'encoder',
  'encoder-data',
  'labels',
  'vars',
  'schema',
  'mapping',
  'package-lock',
  'sample',
  'sample-data',
] as const

export type Artifact = (typeof ARTIFACTS)[number]

/** Where a file will be: `to` is relative to the target, with forward slashes; `mode` are POSIX permission bits, 0o644 or 0o755. */
interface Destination {
  readonly to: string
  readonly mode: number
  readonly owner: Owner
}

/** A file of the template, copied or rendered; `from` is relative to the template's folder. */
export interface PlannedTemplateFile extends Destination {
  readonly kind: 'copy' | 'render'
  readonly from: string
}

/** A file made by code from the inputs; `source` is the external-data file that it is. */
export interface PlannedArtifact extends Destination {
  readonly kind: 'artifact'
  readonly from: Artifact
  readonly source?: string
}

export type PlannedFile = PlannedTemplateFile | PlannedArtifact

/** All files of a server, sorted by `to`. */
export interface Plan {
  readonly files: readonly PlannedFile[]
}
