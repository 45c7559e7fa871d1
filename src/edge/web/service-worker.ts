import type { ExportedFile } from '../target.ts'

/** Kept when they are first used: the samples, and the runtime for WebGPU, which few devices need. */
const KEPT = ['golden/', 'ort/']
const WHEN_USED = /^ort\/.*(webgpu|asyncify)/
/** Kept by the worker that uses them, after it has compared their hashes. */
const VERIFIED = '.wasm'

/** What makes a page safe, and lets it use threads: the service worker adds them, and so does the server. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
}

/** The service worker with what belongs to this export in front of it: another export is another script. */
export function makeServiceWorker(code: string, version: string, files: readonly ExportedFile[]): ExportedFile {
  const shell = files.map(({ path }) => path).filter((path) => !path.endsWith(VERIFIED) && !WHEN_USED.test(path))
  const build = {
    version,
    shell: [...shell, 'golden.json'].sort(),
    kept: KEPT,
    except: VERIFIED,
    headers: PAGE_HEADERS,
  }
  return { path: 'service-worker.js', bytes: Buffer.from(`const BUILD = ${JSON.stringify(build, null, 2)}\n${code}`) }
}
