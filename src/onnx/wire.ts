import type { FileWindow } from './file-window.ts'

/** The bytes are no protobuf message, or not all of it. `cut`: a length goes past the end of what is there. */
export class WireError extends Error {
  readonly cut: boolean

  constructor(message: string, more: { cut: boolean }) {
    super(message)
    this.name = 'WireError'
    this.cut = more.cut
  }
}

/** A byte range of the file that holds one field: its tag begins at `start`, its value at `payload`. */
export interface Span {
  readonly start: number
  readonly payload: number
  readonly end: number
}

/** One field of a message, by its number and wire type. */
export interface Field extends Span {
  readonly number: number
  readonly wireType: 0 | 1 | 2 | 5
}

/** Wire type of strings, bytes, messages and packed lists. */
export const LENGTH_DELIMITED = 2

/**
 * The fields of the message in [start, end), in file order, values not read.
 * Source: https://protobuf.dev/programming-guides/encoding. Groups are refused: ONNX has none. Throws WireError.
 */
export function* readFields(file: FileWindow, start: number, end: number): Generator<Field> {
  for (let position = start; position < end; ) {
    const tag = readVarint(file, position, end)
    const number = Math.floor(tag.value / 8)
    if (number === 0 || number > 0x1fffffff) throw new WireError(`no field at byte ${position}`, { cut: false })
    const field = locateValue(file, { number, wireType: tag.value % 8, start: position, payload: tag.end }, end)
    yield field
    position = field.end
  }
}

/** The bytes of a varint (unsigned, below 2^53). */
export function encodeVarint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}

/** Tag and length in front of a length-delimited field. */
export function encodePrefix(number: number, length: number): number[] {
  return [...encodeVarint(number * 8 + LENGTH_DELIMITED), ...encodeVarint(length)]
}

type Head = { number: number; wireType: number; start: number; payload: number }

function locateValue(file: FileWindow, head: Head, limit: number): Field {
  const { number, wireType, start, payload } = head
  switch (wireType) {
    case 0:
      return { number, wireType, start, payload, end: readVarint(file, payload, limit).end }
    case 1:
      return { number, wireType, start, payload, end: within(payload + 8, limit, start) }
    case 2: {
      const length = readVarint(file, payload, limit)
      return { number, wireType, start, payload: length.end, end: within(length.end + length.value, limit, start) }
    }
    case 5:
      return { number, wireType, start, payload, end: within(payload + 4, limit, start) }
    default:
      throw new WireError(`no field at byte ${start}`, { cut: false })
  }
}

function within(end: number, limit: number, start: number): number {
  if (end <= limit) return end
  throw new WireError(`the field at byte ${start} ends at byte ${end}, beyond byte ${limit}`, { cut: true })
}

/** Values of 2^53 and more lose their last bits: they are lengths only in damaged files. */
function readVarint(file: FileWindow, start: number, limit: number): { value: number; end: number } {
  let value = 0
  let factor = 1
  for (let position = start; position < start + 10; position++) {
    if (position >= limit) throw new WireError(`the number at byte ${start} has no end`, { cut: true })
    const byte = file.byte(position)
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return { value, end: position + 1 }
    factor *= 0x80
  }
  throw new WireError(`the number at byte ${start} is longer than ten bytes`, { cut: false })
}
