import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportContext, ExportedFile } from '../target.ts'
import { compileSources } from './compile.ts'

/** In the server where options.edge put it there, else in the template. */
const SOURCES = 'edge-web'
const BUNDLED = 'features/edge-web/base/edge-web'
const PAGE = 'index.html'
const UPDATES = 'updates.json'
const SERVICE_WORKER = 'service-worker/service-worker.js'

export interface PageFiles {
  readonly files: readonly ExportedFile[]
  /** Not a file yet: it is told what belongs to the export. */
  readonly serviceWorker: string
}

/** The page: its sources compiled by the server's own TypeScript, and what needs no compiler. Throws CreateError. */
export async function pageFiles({ server, templates }: ExportContext): Promise<PageFiles> {
  const own = join(server.root, SOURCES)
  const folder = existsSync(join(own, PAGE)) ? own : join(templates, BUNDLED)
  const compiled = await compileSources(server, folder)
  const assets = listFiles(folder).filter(
    (file) => !file.endsWith('.ts') && !file.endsWith('tsconfig.json') && file !== UPDATES,
  )
  const scripts = [...compiled].filter(([file]) => file !== SERVICE_WORKER)
  return {
    files: [
      ...assets.map((file) => ({ path: placeOf(file), bytes: readFileSync(join(folder, file)) })),
      ...scripts.map(([file, code]) => ({ path: placeOf(file), bytes: Buffer.from(code) })),
    ],
    serviceWorker: compiled.get(SERVICE_WORKER) ?? '',
  }
}

/** The page stands at the root, its parts in a folder: so does a browser see the server's own folders. */
function placeOf(file: string): string {
  return file === PAGE ? file : `${SOURCES}/${file}`
}

export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}
