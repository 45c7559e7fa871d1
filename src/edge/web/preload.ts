import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { ExportedFile } from '../target.ts'
import { importsOf } from './server-code.ts'

const PAGE = 'index.html'
const ENTRY = 'edge-web/main.js'

/**
 * The page with a link to each module that it imports, directly or not: a browser then asks for all of them at once, instead of
 * one wave of imports after the other.
 */
export function preloadModules(files: readonly ExportedFile[]): readonly ExportedFile[] {
  const links = modulesOf(ENTRY, files).map((path) => `<link rel="modulepreload" href="${path}" />\n    `)
  return files.map((file) => (file.path === PAGE ? withLinks(file, links) : file))
}

function withLinks(page: ExportedFile, links: readonly string[]): ExportedFile {
  const script = '<script type="module"'
  return { path: page.path, bytes: Buffer.from(textOf(page).replace(script, `${links.join('')}${script}`)) }
}

/** All but the entry itself, in the order in which they are found. */
function modulesOf(entry: string, files: readonly ExportedFile[]): string[] {
  const code = new Map(files.map((file) => [file.path, file]))
  const found = new Set([entry])
  for (const path of found) {
    const file = code.get(path)
    const imported = file ? importsOf(textOf(file)) : []
    for (const target of imported) found.add(posix.join(posix.dirname(path), target))
  }
  found.delete(entry)
  return [...found].filter((path) => code.has(path))
}

function textOf(file: ExportedFile): string {
  return 'bytes' in file ? Buffer.from(file.bytes).toString('utf8') : readFileSync(file.copyOf, 'utf8')
}
