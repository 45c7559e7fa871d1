import type { FileWindow } from './file-window.ts'
import { encodePrefix, WireError } from './wire.ts'

/** A graph without its weights is a few megabytes; more than this is no model that a server could load. */
const MAX_BYTES = 256 * 1024 * 1024

type Piece = { start: number; end: number } | { bytes: readonly number[] }

/** The parts of a message that are worth decoding, as ranges of the file; lengths are written anew around what was left out. */
export class Outline {
  readonly #pieces: Piece[] = []
  #size = 0

  /** Adds [start, end) of the file. */
  keep(start: number, end: number): void {
    const last = this.#pieces.at(-1)
    if (last && 'start' in last && last.end === start) last.end = end
    else this.#pieces.push({ start, end })
    this.#grow(end - start)
  }

  /** Adds a message as the field `number`. */
  nest(number: number, inner: Outline): void {
    const bytes = encodePrefix(number, inner.#size)
    this.#pieces.push({ bytes })
    for (const piece of inner.#pieces) this.#pieces.push(piece)
    this.#grow(bytes.length + inner.#size)
  }

  /** The encoded message. */
  read(file: FileWindow): Uint8Array {
    const target = new Uint8Array(this.#size)
    let at = 0
    for (const piece of this.#pieces) {
      if ('start' in piece) {
        file.copy(piece.start, piece.end, target, at)
        at += piece.end - piece.start
      } else {
        target.set(piece.bytes, at)
        at += piece.bytes.length
      }
    }
    return target
  }

  #grow(bytes: number): void {
    this.#size += bytes
    if (this.#size > MAX_BYTES)
      throw new WireError('its graph, without weights, is larger than 256 MiB', { cut: false })
  }
}
