import type { Dtype, Json } from '../src/transforms/types.ts'
import { urlOf } from './app.ts'

/** Inputs with all that the server made of them: golden.json. */
export interface Golden {
  readonly schema: 1
  readonly vectors: readonly Vector[]
}

export interface Vector {
  readonly name: string
  /** Of vars.yaml, of --samples, or made to try the edges. */
  readonly origin: 'sample' | 'samples' | 'made'
  readonly kind: 'json' | 'image'
  /** What /predict takes as `data`, of kind json. */
  readonly data?: Json
  /** Of kind image. */
  readonly file?: string
  /** The decoded image as the server saw it: raw RGB, upright. */
  readonly pixels?: { readonly width: number; readonly height: number; readonly file: string }
  /** What preprocess gave: the hash of the little-endian bytes; of strings, each as UTF-8 and a NUL. */
  readonly tensors: Readonly<Record<string, Described & { readonly sha256: string }>>
  /** What the model gave: base64 of the little-endian bytes; strings as a list. */
  readonly outputs: Readonly<Record<string, Described & { readonly data: string | readonly string[] }>>
  /** null without labels, without a best one, and for several rows. */
  readonly top: readonly { readonly label: string; readonly score: number }[] | null
}

interface Described {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

export async function loadGolden(): Promise<Golden> {
  const response = await fetch(urlOf('golden.json'))
  if (!response.ok) throw new Error(`golden.json: ${response.status}`)
  return response.json()
}
