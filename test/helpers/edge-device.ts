import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/app.ts'
import type { Installed, State } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/state.ts'
import type { Tools } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/tools.ts'

export const CONTRACT = createHash('sha256').update('a contract').digest('hex')

/** The model that test vectors call version `n`. */
export function bytesOf(n: number) {
  const bytes = new TextEncoder().encode(`model ${n}`)
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

export function installed(version: number): Installed {
  const { bytes, sha256 } = bytesOf(version)
  return { version, sha256, size: bytes.length, format: 'onnx', contract: CONTRACT }
}

/** An app that is shipped with version 1. */
export function makeApp(more: Partial<App> = {}): App {
  const bundled = more.bundled ?? installed(1)
  return {
    name: 'digits',
    runtime: '1.30.0',
    bundled,
    readBundled: () => Promise.resolve(bytesOf(bundled.version).bytes),
    source: { url: 'http://127.0.0.1:9/', publicKeys: [] },
    ...more,
  }
}

export function storeModels(folder: string, versions: readonly number[]): void {
  for (const version of versions) {
    const { bytes, sha256 } = bytesOf(version)
    writeFileSync(join(folder, 'models', sha256), bytes)
  }
}

/** What a device remembers, as it lies on its disk. */
export function readState(folder: string): State {
  return JSON.parse(readFileSync(join(folder, 'state'), 'utf8'))
}

/** The outside world of a test: real connections, no waiting. */
export const nodeTools: Tools = {
  fetch: (url, ask) => fetch(url, ask),
  now: () => new Date('2026-11-10T12:00:00Z'),
  wait: () => Promise.resolve(),
}
