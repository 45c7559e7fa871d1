import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TEMPLATE_DIR } from '../render-template.ts'
import type { Server } from './faults.ts'

/** What the source of the template says of the server: its routes, and its settings. */
export function readServer(): Server {
  const base = join(TEMPLATE_DIR, 'base/src')
  const routes = [...textsOf(join(base, 'routes'), /'(\/[\w/]*)'/g), ...textsOf(join(base, 'plugins'), /'(\/docs)'/g)]
  return { routes: new Set(routes), settings: new Set(settingsBelow(TEMPLATE_DIR)) }
}

/** Names of the environment variables that base/ and the features declare: `PORT: { type: 'integer', ...`. */
export function settingsBelow(folder: string, pattern = /^ {2}([A-Z][A-Z_]+): \{ type: /gm): string[] {
  return textsOf(folder, pattern)
}

/** What the pattern's group is in all TypeScript below a folder. */
function textsOf(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(pattern)].map(([, text = '']) => text))
}
