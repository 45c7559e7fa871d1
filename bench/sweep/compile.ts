import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { buildServer } from '../../examples/iris/server/src/app.ts'
import type { loadConfig } from '../../examples/iris/server/src/config.ts'
import type { Feature } from '../../examples/iris/server/src/feature.ts'
import type { Contract } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

/** What server.ts puts together, but for the process: several servers take turns in one. */
export interface ServerModule {
  readonly buildServer: typeof buildServer
  readonly loadConfig: typeof loadConfig
  readonly features: readonly Feature[]
  readonly contract: Contract
}

const ENTRY = `
export { buildServer } from './app.ts'
export { loadConfig } from './config.ts'
export { features } from './features.ts'
export { contract } from './contract.ts'
`

const OPTIONS = {
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'silent',
} as const

/** Compiles a generated server's own files, all of them, and loads them. Its packages are this repository's. */
export async function compileServer(target: string): Promise<ServerModule> {
  // As deep as dist/plugins/, from where the server looks for its model; and its threads' code beside it, where it looks for that.
  const outfile = join(target, 'dist/plugins/sweep.mjs')
  const source = join(target, 'src')
  const thread = join(source, 'ml/inference-thread.ts')
  await build({ ...OPTIONS, stdin: { contents: ENTRY, resolveDir: source, loader: 'ts' }, outfile })
  await build({ ...OPTIONS, entryPoints: [thread], outfile: join(target, 'dist/plugins/inference-thread.mjs') })
  return import(pathToFileURL(outfile).href)
}
