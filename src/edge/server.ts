import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundledTemplate } from '../create.ts'
import { CreateError } from '../errors.ts'
import { toShell } from '../literals.ts'
import { hashFile, LOCK_FILE, type Lock, parseLock } from '../lock.ts'
import { findUnbuilt, listServers } from './look-at-server.ts'
import type { BuiltServer } from './target.ts'

const MODEL_CODE = 'src/model/'
const TRANSFORMS = 'src/transforms/'

/**
 * A generated server that is ready to be exported: of this version's template, installed, and built from the source as it is.
 * @throws CreateError with the command that makes it so.
 */
export function openServer(folder: string): BuiltServer {
  const root = resolve(folder)
  const lock = readServerLock(folder)
  refuseOtherTemplate(lock, folder)
  const resolvePackage = packageResolver(root)
  if (resolvePackage('onnxruntime-node') === null) throw notInstalled(root, folder)
  refuseUnbuilt(root, folder)
  return {
    root,
    lock,
    config: lock.config,
    preprocessIsPristine: isPristine(root, lock, `${MODEL_CODE}preprocess.ts`),
    postprocessIsPristine: isPristine(root, lock, `${MODEL_CODE}postprocess.ts`),
    load: (path) => import(pathToFileURL(join(root, 'dist', path)).href),
    resolve: resolvePackage,
  }
}

/** What to type to install and build a server, from where one is. */
export function commandIn(folder: string, command: string): string {
  if (resolve(folder) === process.cwd()) return command
  return `cd ${/^[\w./-]+$/.test(folder) ? folder : toShell(folder)} && ${command}`
}

/** The lock of a generated server, which need not be installed. Throws `not_found`, `invalid`. */
export function readServerLock(folder: string): Lock {
  const root = resolve(folder)
  const file = join(root, LOCK_FILE)
  const stats = statSync(root, { throwIfNoEntry: false })
  if (!stats) throw new CreateError('not_found', `${folder} is not there`, { hint: hintServers(folder) })
  if (!stats.isDirectory()) {
    throw new CreateError('not_found', `${folder} is a file: name the folder of a generated server`, {
      hint: hintServers(folder),
    })
  }
  if (!existsSync(file)) {
    throw new CreateError('not_found', `${nameOf(folder)} is no generated server: it has no ${LOCK_FILE}`, {
      hint: hintServers(folder),
    })
  }
  return parseLock(readFileSync(file, 'utf8'), LOCK_FILE)
}

function hintServers(folder: string): string {
  const [found] = listServers(folder)
  return found === undefined
    ? 'Generate one with create-inference-server, then install and build it.'
    : `There is one: ${found}`
}

/** The modules that are called here are those of this version. */
function refuseOtherTemplate({ template, generator }: Lock, folder: string): void {
  const own = bundledTemplate()
  if (template.name === own.name && template.version === own.version) return
  const [was, is] = [template, own].map(({ name, version }) => `${name} ${version}`)
  throw new CreateError(
    'unsupported_template',
    `${nameOf(folder)} was generated from ${was}, and this version exports ${is}`,
    {
      hint:
        template.name === own.name
          ? `Use the version that made it (npx ${generator} edge export), or generate the server again with this one.`
          : 'Only servers of the bundled template can be exported.',
    },
  )
}

/** As the server's own code finds packages: its node_modules first, then those of folders above. */
function packageResolver(root: string): BuiltServer['resolve'] {
  const require = createRequire(join(root, 'package.json'))
  return (specifier) => {
    try {
      return require.resolve(specifier)
    } catch {
      return null // not there, or not for `require`: the caller says what that means
    }
  }
}

function notInstalled(root: string, folder: string): CreateError {
  const install = existsSync(join(root, 'package-lock.json')) ? 'npm ci' : 'npm install'
  const has = existsSync(join(root, 'node_modules'))
  const what = has ? 'has no onnxruntime-node in its node_modules' : 'is not installed: it has no node_modules'
  return new CreateError('invalid', `${nameOf(folder)} ${what}`, {
    hint: `Its own runtime and code make the export. Run: ${commandIn(folder, `${install} && npm run build`)}`,
  })
}

function refuseUnbuilt(root: string, folder: string): void {
  const unbuilt = findUnbuilt(root)
  if (unbuilt.length === 0) return
  const none = !existsSync(join(root, 'dist'))
  throw new CreateError('invalid', `${nameOf(folder)} is not built${none ? '' : ' as its source is now'}`, {
    issues: none ? [] : unbuilt.slice(0, 5).map(({ file, message }) => ({ file, message })),
    hint: `Run: ${commandIn(folder, 'npm run build')}`,
  })
}

/** Neither this file of the team's nor the transforms that it imports were edited since they were generated. */
function isPristine(root: string, { files }: Lock, path: string): boolean {
  const relevant = Object.entries(files).filter(([file]) => file === path || file.startsWith(TRANSFORMS))
  return relevant.every(([file, { sha256 }]) => {
    const full = join(root, file)
    return existsSync(full) && hashFile(readFileSync(full)) === sha256
  })
}

/** In messages. */
function nameOf(folder: string): string {
  return folder === '.' ? 'this folder' : folder
}
