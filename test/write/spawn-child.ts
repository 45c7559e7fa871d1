import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Bundles the child process and its preload once, so that starting it is quick. Returns the folder that holds them. */
export async function bundleChild(folder: string): Promise<string> {
  await build({
    entryPoints: ['child', 'die-at'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    logLevel: 'error',
  })
  return folder
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the bundled child; `wrapper` is a command that runs it, such as unshare. */
export function startChild(
  bundle: string,
  args: readonly string[],
  env: Record<string, string>,
  wrapper: readonly string[] = [],
) {
  const node = [process.execPath, '--import', join(bundle, 'die-at.mjs'), join(bundle, 'child.mjs'), ...args]
  const [command = '', ...rest] = [...wrapper, ...node]
  const child = spawn(command, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended }
}
