import { createHash } from 'node:crypto'

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

export const CONTRACT = sha256('a contract')
export const OTHER_CONTRACT = sha256('another contract')

/** A model as manifests describe it; `n` makes it another one. */
export function model(n: number) {
  const hash = sha256(`model ${n}`)
  return { file: `models/${hash}.onnx`, sha256: hash, size: 1000 + n, precision: 'fp32', format: 'onnx' }
}

/** A model as the state names it. */
export function installed(version: number, contract = CONTRACT) {
  const { sha256: hash, size, format } = model(version)
  return { version, sha256: hash, size, format, contract }
}

export const MANIFEST = {
  schema: 1,
  name: 'digits',
  version: 2,
  released: '2026-11-02T00:00:00Z',
  expires: '2027-11-02T00:00:00Z',
  minRuntime: null,
  rollout: 100,
  model: model(2),
  contract: CONTRACT,
}

export function stateOf(more: object = {}) {
  return { schema: 1, confirmed: installed(1), trial: null, seen: { version: 1, released: '' }, bad: null, ...more }
}
