import type { Contract, Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

/** Where a case comes from: vars.yaml, a file of --samples, or made here from the sample to try the edges. */
export type Origin = 'sample' | 'samples' | 'made'

/** A request that the server is asked, to be asked again on every device. */
export interface Case {
  readonly name: string
  readonly origin: Origin
  /** Of the request. */
  readonly data: Json
  /** The file that `data` has as base64; null where it is plain JSON. */
  readonly image: { readonly bytes: Uint8Array; readonly extension: string } | null
}

/** Edge cases for numbers: what the sample is not. Those that the model refuses are left out when they are asked. */
export function makeNumberCases(contract: Contract, sample: Json): Case[] {
  const signed = contract.inputs.some(({ dtype }) => !/^(uint|bool|string)/.test(dtype))
  const made = (name: string, change: (value: number) => number): Case => {
    return { name, origin: 'made', data: mapNumbers(sample, change), image: null }
  }
  return [
    made('zeros', () => 0),
    ...(signed ? [made('negative', (value) => -value)] : []),
    made('large', (value) => value * 1000),
    ...(contract.rows
      ? [{ name: 'several rows', origin: 'made' as const, data: repeatRows(sample), image: null }]
      : []),
  ]
}

/** The rows of the sample, halved, and again as they are; several inputs have them by name. */
function repeatRows(sample: Json): Json {
  if (isList(sample)) return [...sample, ...sample.map((row) => mapNumbers(row, (value) => value / 2)), ...sample]
  if (typeof sample !== 'object' || sample === null) return sample
  return Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, repeatRows(value)]))
}

function mapNumbers(value: Json, change: (value: number) => number): Json {
  // Whole numbers stay whole, as an index must.
  if (typeof value === 'number') return Number.isInteger(value) ? Math.trunc(change(value)) + 0 : change(value)
  if (isList(value)) return value.map((item) => mapNumbers(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapNumbers(item, change)]))
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
