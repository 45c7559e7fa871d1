import { exportToAndroid } from './android.ts'
import { exportToBoard } from './board.ts'
import type { ExportTargets } from './target.ts'
import { exportWeb } from './web.ts'

/** What makes each target's own files. */
export const TARGETS: ExportTargets = { android: exportToAndroid, board: exportToBoard, web: exportWeb }
