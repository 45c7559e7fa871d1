import { InvalidInput } from '../transforms/errors.ts'

const MAX_LENGTH = 256
// biome-ignore lint/suspicious/noControlCharactersInRegex: an id stands in keys, file names and log lines
const FORBIDDEN = /[\x00-\x1f\x7f/\\]|^\.|\p{Surrogate}/u

/** Throws InvalidInput unless it is a name: short, without slashes and control characters, and not beginning with a dot. */
export function assertId(id: string, pointer: string): void {
  const wrong = explainId(id)
  if (wrong !== null) throw new InvalidInput({ pointer, detail: wrong })
}

/** What is wrong with an id; null: nothing. */
export function explainId(id: string): string | null {
  if (id.length === 0 || id.length > MAX_LENGTH) return `an id has 1 to ${MAX_LENGTH} characters, got ${id.length}`
  if (FORBIDDEN.test(id)) return 'an id is a name: without slashes and control characters, and not beginning with a dot'
  return null
}
