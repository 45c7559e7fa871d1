import { type FileFacts, urlOf } from '../app.ts'
import { messageOf, Problem } from '../problem.ts'

/** Bytes that have come so far. */
export type Progress = (loaded: number) => void

const ATTEMPTS = 4
const PAUSE_MS = 400

/** So much of a file as has come, and the version of it. */
interface Partial {
  readonly bytes: Uint8Array<ArrayBuffer>
  loaded: number
  etag: string | null
}

/**
 * A whole file of the size that it must have. A download that is cut goes on where it ended. Throws Problem `download` when
 * that does not help, `tampered` when more comes than there can be.
 */
export async function download({ file, bytes: size }: FileFacts, progress: Progress): Promise<Uint8Array<ArrayBuffer>> {
  const partial: Partial = { bytes: new Uint8Array(size), loaded: 0, etag: null }
  let reason = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    try {
      await downloadRest(file, partial, progress)
      if (partial.loaded === size) return partial.bytes
      reason = 'the connection was cut'
    } catch (error) {
      if (error instanceof Problem) throw error
      reason = messageOf(error)
    }
  }
  throw new Problem({
    code: 'download',
    message: `${file} could not be downloaded: ${reason} after ${partial.loaded} of ${size} bytes.`,
    hint: 'Check the connection and try again.',
  })
}

async function downloadRest(file: string, partial: Partial, progress: Progress): Promise<void> {
  const response = await fetch(urlOf(file), { headers: rangeHeaders(partial), cache: 'no-store' })
  if (!response.ok || !response.body) throw new Error(`the host answered ${response.status}`)
  // Without a range, or of another version of the file: it begins again.
  if (response.status !== 206) partial.loaded = 0
  partial.etag = response.headers.get('etag')
  const reader = response.body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (partial.loaded + part.value.length > partial.bytes.length) throw tooLong(file, partial)
    partial.bytes.set(part.value, partial.loaded)
    partial.loaded += part.value.length
    progress(partial.loaded)
  }
}

function rangeHeaders({ loaded, etag }: Partial): Record<string, string> {
  if (loaded === 0) return {}
  const range = `bytes=${loaded}-`
  return etag && !etag.startsWith('W/') ? { range, 'if-range': etag } : { range }
}

function tooLong(file: string, { bytes }: Partial): Problem {
  return new Problem({
    code: 'tampered',
    message: `${file} is longer than the ${bytes.length} bytes that were exported. It is not used.`,
    hint: 'Export again, or tell whoever hosts this page.',
  })
}
