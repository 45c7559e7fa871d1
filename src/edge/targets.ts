import { exportToBoard } from './board.ts'
import type { ExportTargets } from './target.ts'

/** What makes each target's own files. */
export const TARGETS: ExportTargets = { board: exportToBoard }
