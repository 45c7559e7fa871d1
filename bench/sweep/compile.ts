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

/** Compiles a generated server's own files, all of them, and loads them. Its packages are this repository's. */
export async function compileServer(target: string): Promise<ServerModule> {
  // As deep as dist/plugins/, from where the server looks for its model.
  const outfile = join(target, 'dist/plugins/sweep.mjs')
  await build({
    stdin: { contents: ENTRY, resolveDir: join(target, 'src'), loader: 'ts' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'silent',
  })
  return import(pathToFileURL(outfile).href)
}
