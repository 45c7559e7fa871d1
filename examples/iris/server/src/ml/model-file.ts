import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a file of the model lies: in MODEL_DIR, else in models/ beside src or dist. */
export function modelFile({ MODEL_DIR }: { readonly MODEL_DIR: string }, name: string): string {
  return MODEL_DIR === '' ? fileURLToPath(new URL(`../../models/${name}`, import.meta.url)) : resolve(MODEL_DIR, name)
}
