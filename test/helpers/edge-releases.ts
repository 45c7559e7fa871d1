import { createHash, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { CONTRACT } from './edge-device.ts'
import { ROOT } from './paths.ts'

const { keys } = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/edge-updates/keys.json'), 'utf8'))
const KEY = createPrivateKey({
  key: Buffer.from(keys.current.testOnlyPrivateKey, 'base64'),
  type: 'pkcs8',
  format: 'der',
})

/** The public half of the key that signs releases in tests. */
export const PUBLIC_KEY: string = keys.current.publicKey

export interface ReleaseOfTest {
  readonly manifest: Manifest
  readonly model: Uint8Array
  /** The files of a release directory with this release alone. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** A signed release of `model`, valid for a year in the time of tests. */
export function makeRelease(model: Uint8Array, version: number, more: Partial<Manifest> = {}): ReleaseOfTest {
  const sha256 = createHash('sha256').update(model).digest('hex')
  const manifest: Manifest = {
    schema: 1,
    name: 'digits',
    version,
    released: new Date(Date.UTC(2026, 9, 1) + version * 1000).toISOString().replace('.000', ''),
    expires: '2027-10-01T00:00:00Z',
    minRuntime: null,
    rollout: 100,
    model: { file: `models/${sha256}.onnx`, sha256, size: model.length, precision: 'fp32', format: 'onnx' },
    contract: CONTRACT,
    ...more,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const hash = createHash('sha256').update(bytes).digest('hex')
  const signature = sign('sha256', bytes, { key: KEY, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  const files = {
    'manifest.json': bytes,
    [`manifests/${hash}.json`]: bytes,
    [`manifests/${hash}.sig`]: Buffer.from(signature),
    [manifest.model.file]: model,
  }
  return { manifest, model, files }
}
