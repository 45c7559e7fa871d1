import type { PredictBody } from '../ml/pipeline.ts'
import { HttpError } from '../plugins/problem.ts'
import { extendPointer, InvalidInput } from '../transforms/errors.ts'
import type { Contract } from '../transforms/types.ts'
import type { ImageSettings } from './settings.ts'

/** An image as it came: its bytes, where they stood in the request, and what the request says that they are. */
export interface ImageFile {
  readonly bytes: Uint8Array
  readonly pointer: string
  readonly type: string | undefined
}

/** The images of a request: its body, or `{"b64": ...}`, or a list of those. null when it carries a tensor. Throws InvalidInput. */
export function readFiles({ data, type }: PredictBody): readonly ImageFile[] | null {
  if (data instanceof Uint8Array) return [{ bytes: data, pointer: '', type }]
  if (isEncoded(data)) return [readEncoded(data, '/data')]
  if (!Array.isArray(data) || !data.some(isEncoded)) return null
  return data.map((item: unknown, index) => {
    const pointer = extendPointer('/data', index)
    if (!isEncoded(item)) throw new InvalidInput({ pointer, detail: 'expected {"b64": ...}, as the other images' })
    return readEncoded(item, pointer)
  })
}

/** Throws InvalidInput unless the model takes so many images at once, HttpError 413 when they are too many for the server. */
export function assertCount(count: number, { inputs, rows }: Contract, { IMAGE_MAX_COUNT }: ImageSettings): void {
  if (count > IMAGE_MAX_COUNT) {
    throw new HttpError(413, `${count} images are too many: at most ${IMAGE_MAX_COUNT} (IMAGE_MAX_COUNT) in a request.`)
  }
  const leading = inputs[0]?.shape?.[0]
  if (rows || typeof leading !== 'number' || leading === count) return
  throw new InvalidInput({ pointer: '/data', detail: `the model takes ${leading} images at once, got ${count}` })
}

interface Encoded {
  readonly b64: unknown
}

function isEncoded(data: unknown): data is Encoded {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, 'b64')
}

function readEncoded({ b64 }: Encoded, parent: string): ImageFile {
  const pointer = extendPointer(parent, 'b64')
  if (typeof b64 !== 'string') throw new InvalidInput({ pointer, detail: 'expected a string' })
  // Buffer skips what is not base64, and would decode another file than was sent.
  if (b64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(b64)) {
    const hint = b64.startsWith('data:') ? ': send it without the "data:...," in front' : ''
    throw new InvalidInput({ pointer, detail: `not base64${hint}` })
  }
  return { bytes: Buffer.from(b64, 'base64'), pointer, type: undefined }
}
