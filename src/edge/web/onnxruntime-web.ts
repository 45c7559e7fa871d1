import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CreateError } from '../../errors.ts'
import type { BuiltServer } from '../target.ts'

/** The installed package. */
export interface WebPackage {
  readonly version: string
  /** The folder of its files in the export: named by the version, so that what is there never changes. */
  readonly place: string
  /** The path of a file of its dist/. */
  fileOf(name: string): string
}

const PACKAGE = 'onnxruntime-web'

/** The server's own onnxruntime-web, else ours. Throws CreateError with the command that installs it. */
export function findPackage({ resolve, root, config }: BuiltServer): WebPackage {
  const entry = resolve(PACKAGE) ?? resolveOwn()
  if (entry === null) {
    throw new CreateError('not_found', `${config.name} has no ${PACKAGE}, which runs the model in browsers`, {
      hint: `cd ${root} && npm install --save-dev ${PACKAGE}@${config.runtime.onnxruntime}`,
    })
  }
  const dist = dirname(entry)
  const { version } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8'))
  return { version, place: `ort/${version}`, fileOf: (name) => requireFile(join(dist, name), version) }
}

function resolveOwn(): string | null {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE)
  } catch {
    return null // not installed
  }
}

function requireFile(file: string, version: string): string {
  if (existsSync(file)) return file
  throw new CreateError('not_found', `${PACKAGE} ${version} has no ${file}`, {
    hint: `Install the version that this one knows: npm install --save-dev ${PACKAGE}@1.30.0`,
  })
}
