import { exportToBoard } from './board.ts'
import type { ExportTargets } from './target.ts'
import { exportWeb } from './web.ts'

/** What makes each target's own files. */
export const TARGETS: ExportTargets = { board: exportToBoard, web: exportWeb }
