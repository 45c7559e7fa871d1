import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What an import or export statement names, if it is a file beside: `from './x.ts'`, `import './x.js'`, `import('./x.ts')`. */
const RELATIVE_IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * SHA-256 (hex) of a module with all that it imports of its own project, at any depth. Another comment is another hash: better
 * one miss too many. `without`: modules that are left out, with what they import, because something else stands for them.
 * Throws what node:fs throws.
 */
export function hashCode(entry: URL, without: readonly URL[] = []): string {
  const hash = createHash('sha256')
  const root = fileURLToPath(new URL('..', entry))
  for (const file of collect(entry, new Set(without.map(String)))) {
    const code = readFileSync(file)
    hash.update(`${relative(root, file)}\0${code.byteLength}\0`).update(code)
  }
  return hash.digest('hex')
}

/** Paths, in an order that depends on nothing but the modules. */
function collect(entry: URL, left: Set<string>): string[] {
  const files = new Set<string>()
  const visit = (module: URL) => {
    const file = fileURLToPath(module)
    if (left.has(String(module)) || files.has(file) || !existsSync(file)) return
    files.add(file)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(RELATIVE_IMPORT)) visit(new URL(path, module))
  }
  visit(entry)
  return [...files].sort()
}
