import { createHash } from 'node:crypto'
import type { Config, Json, TensorConfig } from '../config/config.ts'

/**
 * Of all that code around a model relies on: an app takes only models of its own contract (docs/edge-updates.md, "Contract").
 * SHA-256 in hex.
 */
export function contractHash({ inputs, outputs, task, rows, predict, labels, preprocess }: Config): string {
  const contract = {
    inputs: inputs.map(toPort),
    outputs: outputs.map(toPort),
    task,
    rows,
    predict,
    labels: labels?.names ?? null,
    preprocess,
  }
  return createHash('sha256').update(printCanonical(contract)).digest('hex')
}

function toPort({ name, dtype, shape }: TensorConfig) {
  return { name, dtype, shape }
}

/** JSON without whitespace, keys sorted by code unit: the same value gives the same bytes. */
function printCanonical(value: object): string {
  return JSON.stringify(value, (_key, inner: Json) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
