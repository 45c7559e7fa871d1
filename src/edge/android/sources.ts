import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportContext, ExportedFile } from '../target.ts'

const FOLDER = 'edge-android'
/** What Maven, Gradle and Android Studio leave behind. */
const MADE = /(^|\/)(target|build|\.gradle|\.idea|\.kotlin)\/|(^|\/)local\.properties$/

/** The project's sources: the server's own with `options.edge`, which a team may have edited; else those of the template. */
export function listSources({ server, templates }: Pick<ExportContext, 'server' | 'templates'>): ExportedFile[] {
  const own = join(server.root, FOLDER)
  const folder = existsSync(own) ? own : join(templates, 'features/edge-android/base', FOLDER)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((copyOf) => ({ path: copyOf.slice(folder.length + 1).replaceAll('\\', '/'), copyOf }))
    .filter(({ path }) => !MADE.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
