import type { ExportContext, ExportedFile } from './target.ts'
import { describeApp, findRuntime } from './web/app.ts'
import { makeManifest } from './web/manifest.ts'
import { pageFiles } from './web/page.ts'
import { preloadModules } from './web/preload.ts'
import { serverCode } from './web/server-code.ts'
import { makeServiceWorker } from './web/service-worker.ts'

/**
 * A page that runs the model in the browser: the server's own modules as they were built, the page's, and onnxruntime-web. It
 * is static, asks nobody else for anything, and can be hosted anywhere.
 * Throws CreateError for code that no browser can run, and where onnxruntime-web or the compiler is missing.
 */
export async function exportWeb(context: ExportContext): Promise<readonly ExportedFile[]> {
  const { files: runtimeFiles, runtimes } = findRuntime(context)
  const { files: page, serviceWorker } = await pageFiles(context)
  const files = [
    ...preloadModules([...page, ...serverCode(context.server)]),
    ...runtimeFiles,
    { path: 'manifest.webmanifest', bytes: toBytes(makeManifest(context.server.config.name)) },
  ]
  const app = describeApp(context, runtimes, files)
  const described = [...files, { path: 'app.json', bytes: toBytes(app) }]
  return [...described, makeServiceWorker(serviceWorker, app.version, described)]
}

function toBytes(document: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`)
}
