import { readSync } from 'node:fs'

const WINDOW_BYTES = 64 * 1024

/** An open file, read through a window of 64 KiB: a model of any size is walked without holding it. */
export class FileWindow {
  readonly size: number
  readonly #fd: number
  readonly #buffer: Uint8Array
  #start = 0
  #end = 0

  /** `size` is the file's length in bytes. The caller closes `fd`. */
  constructor(fd: number, size: number) {
    this.#fd = fd
    this.size = size
    this.#buffer = new Uint8Array(Math.min(WINDOW_BYTES, size))
  }

  /** The byte at `offset`, which must be below `size`. */
  byte(offset: number): number {
    if (offset < this.#start || offset >= this.#end) this.#move(offset)
    return this.#buffer[offset - this.#start] ?? 0
  }

  /** Copies [start, end) into `target` at `at`. */
  copy(start: number, end: number, target: Uint8Array, at: number): void {
    for (let position = start; position < end; ) {
      if (position < this.#start || position >= this.#end) this.#move(position)
      const stop = Math.min(end, this.#end)
      target.set(this.#buffer.subarray(position - this.#start, stop - this.#start), at + position - start)
      position = stop
    }
  }

  #move(offset: number): void {
    const wanted = Math.min(this.#buffer.length, this.size - offset)
    const read = wanted > 0 ? readSync(this.#fd, this.#buffer, 0, wanted, offset) : 0
    if (read === 0) throw new Error('the file became shorter while it was read')
    this.#start = offset
    this.#end = offset + read
  }
}
