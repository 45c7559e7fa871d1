import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts'

/** One value of a tensor; 64-bit integers are bigint, so that none is rounded. */
export type Element = number | bigint | boolean | string

/** How a datatype of the protocol is written: its bytes (little-endian) and its JSON. */
interface Codec {
  readonly size: number
  read(view: DataView, offset: number): Element
  write(view: DataView, offset: number, value: Element): void
  /** What a JSON value means; undefined: it is no such element. */
  parse(json: unknown): Element | undefined
  /** By how much two runs of a model may differ: a batch is added up in another order than a row. */
  readonly tolerance: number
}

const integer = (size: number, codec: Pick<Codec, 'read' | 'write'>): Codec => ({
  ...codec,
  size,
  parse: (json) => (typeof json === 'number' && Number.isInteger(json) ? json : undefined),
  tolerance: 0,
})

const long = (codec: Pick<Codec, 'read' | 'write'>): Codec => ({ ...codec, size: 8, parse: parseLong, tolerance: 0 })

const float = (size: number, tolerance: number, codec: Pick<Codec, 'read' | 'write'>): Codec => ({
  ...codec,
  size,
  parse: parseFloating,
  tolerance,
})

/** JSON has no number above 2^53 that every parser keeps, so servers write decimals as strings. */
function parseLong(json: unknown): bigint | undefined {
  if (typeof json === 'number' && Number.isInteger(json)) return BigInt(json)
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : undefined
}

function parseFloating(json: unknown): number | undefined {
  if (typeof json === 'number') return json
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity' ? Number(json) : undefined
}

const CODECS: Readonly<Record<string, Codec>> = {
  BOOL: {
    size: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
    parse: (json) => (json === true || json === 1 ? true : json === false || json === 0 ? false : undefined),
    tolerance: 0,
  },
  UINT8: integer(1, { read: (v, at) => v.getUint8(at), write: (v, at, x) => v.setUint8(at, Number(x)) }),
  UINT16: integer(2, { read: (v, at) => v.getUint16(at, true), write: (v, at, x) => v.setUint16(at, Number(x), true) }),
  UINT32: integer(4, { read: (v, at) => v.getUint32(at, true), write: (v, at, x) => v.setUint32(at, Number(x), true) }),
  UINT64: long({
    read: (v, at) => v.getBigUint64(at, true),
    write: (v, at, x) => v.setBigUint64(at, BigInt(x), true),
  }),
  INT8: integer(1, { read: (v, at) => v.getInt8(at), write: (v, at, x) => v.setInt8(at, Number(x)) }),
  INT16: integer(2, { read: (v, at) => v.getInt16(at, true), write: (v, at, x) => v.setInt16(at, Number(x), true) }),
  INT32: integer(4, { read: (v, at) => v.getInt32(at, true), write: (v, at, x) => v.setInt32(at, Number(x), true) }),
  INT64: long({ read: (v, at) => v.getBigInt64(at, true), write: (v, at, x) => v.setBigInt64(at, BigInt(x), true) }),
  FP16: float(2, 1e-2, {
    read: (v, at) => fromFloat16(v.getUint16(at, true)),
    write: (v, at, x) => v.setUint16(at, toFloat16(Number(x)), true),
  }),
  BF16: float(2, 5e-2, {
    read: (v, at) => fromBfloat16(v.getUint16(at, true)),
    write: (v, at, x) => v.setUint16(at, toBfloat16(Number(x)), true),
  }),
  FP32: float(4, 1e-4, {
    read: (v, at) => v.getFloat32(at, true),
    write: (v, at, x) => v.setFloat32(at, Number(x), true),
  }),
  FP64: float(8, 1e-6, {
    read: (v, at) => v.getFloat64(at, true),
    write: (v, at, x) => v.setFloat64(at, Number(x), true),
  }),
}

/** Those of a fixed size; BYTES, whose elements have a length each, is the other. */
export function codecOf(datatype: string): Codec | undefined {
  return Object.hasOwn(CODECS, datatype) ? CODECS[datatype] : undefined
}

export function isDatatype(name: string): boolean {
  return name === 'BYTES' || codecOf(name) !== undefined
}

/** The 16-bit floats have no JSON that servers agree on ("Tensor Data" of the protocol). */
export function hasJson(datatype: string): boolean {
  return datatype !== 'FP16' && datatype !== 'BF16'
}

export function isInteger(datatype: string): boolean {
  return /^U?INT/.test(datatype)
}

export function isNumeric(datatype: string): boolean {
  return isInteger(datatype) || datatype === 'FP32' || datatype === 'FP64'
}

export function parseElement(json: unknown, datatype: string): Element | undefined {
  if (datatype === 'BYTES') return typeof json === 'string' ? json : undefined
  return codecOf(datatype)?.parse(json)
}

/** The same, but for what adding up in another order makes of a float. */
export function isSameElement(a: Element | undefined, b: Element | undefined, datatype: string): boolean {
  if (Object.is(a, b) || a === b) return true
  if (typeof a !== 'number' || typeof b !== 'number') return false
  const tolerance = codecOf(datatype)?.tolerance ?? 0
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}
