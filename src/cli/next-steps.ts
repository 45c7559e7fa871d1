import { getUserAgent } from 'package-manager-detector'
import type { Config } from '../config/config.ts'
import { toShell } from '../literals.ts'
import { shortPath } from './report.ts'

/** A request line longer than this is not worth typing: the sample's own route answers the same. */
const LONGEST_CURL = 400

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

/** The package manager that runs us (`pnpm create ...`), npm when that cannot be told. */
export function detectPackageManager(): PackageManager {
  const agent = getUserAgent()
  return agent === 'pnpm' || agent === 'yarn' || agent === 'bun' ? agent : 'npm'
}

/** What installs a server's dependencies: exactly those of its package-lock.json where npm finds one. */
export function installCommand(manager: PackageManager, hasLock: boolean): readonly [string, ...string[]] {
  return manager === 'npm' ? ['npm', hasLock ? 'ci' : 'install'] : [manager, 'install']
}

/** The exact commands from here to a prediction. */
export function nextSteps(config: Config, target: string, options: { installed: boolean; hasLock: boolean }): string[] {
  const manager = detectPackageManager()
  const folder = shortPath(target)
  const run = manager === 'npm' ? 'npm run' : manager === 'bun' ? 'bun run' : manager
  return [
    ...(folder === '.' ? [] : [`cd ${/^[\w./-]+$/.test(folder) ? folder : toShell(folder)}`]),
    ...(options.installed ? [] : [installCommand(manager, options.hasLock).join(' ')]),
    `${run} build`,
    `${run} start`,
    curlLine(config),
  ]
}

function curlLine({ sample, server, preprocess }: Config): string {
  const body = JSON.stringify({ data: sample.data })
  const url = `http://localhost:${server.port}/predict`
  if (sample.data === null) return `curl -s ${url}/test` // derived, and too long to be written down
  if (preprocess.kind === 'image') return imageLine(url, String(Object(sample.data).image))
  const line = `curl -s ${url} -H 'content-type: application/json' -d ${toShell(body)}`
  return line.length <= LONGEST_CURL ? line : `curl -s ${url}/test`
}

/** The file is sent as it is; a name that does not say its type is not guessed at. */
function imageLine(url: string, file: string): string {
  const extension = /\.(png|jpe?g|webp)$/i.exec(file)?.[1]?.toLowerCase().replace('jpg', 'jpeg')
  if (extension === undefined) return `curl -s ${url}/test`
  return `curl -s ${url} -H 'content-type: image/${extension}' --data-binary ${toShell(`@models/${file}`)}`
}
