import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

/** Node of another major version from the npm registry, in a folder; undefined where there is none for this machine, or no registry. */
export async function installNode(major: number, folder: string): Promise<string | undefined> {
  const name = `node-${process.platform}-${process.arch}`
  const prefix = join(folder, String(major))
  await execa({ reject: false })`npm install --no-audit --no-fund --no-save --prefix ${prefix} ${name}@${major}`
  const binary = join(prefix, 'node_modules', name, 'bin/node')
  return existsSync(binary) ? binary : undefined
}
