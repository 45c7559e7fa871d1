import { open, truncate } from 'node:fs/promises'
import { ModelFileError } from '../ml/errors.ts'
import type { ModelSource } from './fetch-model.ts'

/** Worth another attempt: the connection was lost, nothing came for too long, or the server has trouble of its own. */
export class Interrupted extends Error {}

/** Nothing came for so long. */
const STALLED_MS = 30_000
const TROUBLE = [408, 425, 429, 500, 502, 503, 504]
/** Between two lines of the log. */
const PROGRESS_MS = 5_000

/** What is still missing of the file, from that byte on, behind what is there. Throws Interrupted and ModelFileError. */
export async function downloadRest(source: ModelSource, part: string, { from }: { from: number }): Promise<void> {
  if (from > source.bytes) await truncate(part, 0)
  const start = from > source.bytes ? 0 : from
  if (start === source.bytes) return
  const watch = new Watch()
  try {
    const answer = await ask(source, start, watch.signal)
    const isRest = answer.status === 206
    if (!answer.body) throw new Interrupted('the answer has no body')
    await append(watched(answer.body, source, isRest ? start : 0, watch), part, isRest ? 'a' : 'w')
  } catch (cause) {
    if (cause instanceof ModelFileError || isOfDisk(cause)) throw cause
    throw new Interrupted(watch.signal.aborted ? `nothing came for ${STALLED_MS / 1000} s` : reasonOf(cause), { cause })
  } finally {
    watch.stop()
  }
}

/** One chunk after the other: what came before an interruption is in the file. */
async function append(chunks: AsyncIterable<Uint8Array>, part: string, flags: 'a' | 'w'): Promise<void> {
  const target = await open(part, flags)
  try {
    for await (const chunk of chunks) await target.writeFile(chunk)
  } finally {
    await target.close()
  }
}

async function ask({ url, authorization, bytes }: ModelSource, start: number, signal: AbortSignal): Promise<Response> {
  const headers = {
    // Compressed, its bytes could not be counted from the middle.
    'accept-encoding': 'identity',
    ...(authorization !== '' && { authorization }),
    ...(start > 0 && { range: `bytes=${start}-` }),
  }
  const answer = await fetch(url, { headers, signal })
  const range = answer.headers.get('content-range') ?? ''
  const isRest = answer.status === 206 && range.startsWith(`bytes ${start}-`)
  const size = isRest ? range.split('/')[1] : answer.headers.get('content-length')
  if ((answer.status === 200 || isRest) && isSize(size, bytes)) return answer
  await answer.body?.cancel()
  if (answer.status === 200 || isRest)
    throw new ModelFileError(`what is there (MODEL_URL) is not the model: ${size} bytes, not ${bytes}`)
  if (TROUBLE.includes(answer.status)) throw new Interrupted(`the server answers ${answer.status}`)
  throw new ModelFileError(`the server of the model (MODEL_URL) answers ${answer.status}`)
}

/** A server need not say how large it is. */
function isSize(said: string | null | undefined, bytes: number): boolean {
  return !said || said === '*' || Number(said) === bytes
}

/** Counts what comes, says how far it is, and ends what becomes larger than the model is. */
async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  { bytes, log }: ModelSource,
  start: number,
  watch: Watch,
): AsyncGenerator<Uint8Array> {
  let size = start
  let saidAt = performance.now()
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > bytes) throw new ModelFileError(`what is fetched (MODEL_URL) is larger than the model, ${bytes} bytes`)
    watch.seen()
    if (performance.now() - saidAt > PROGRESS_MS) {
      saidAt = performance.now()
      log.info({ bytes: size, of: bytes }, 'the model is being fetched')
    }
    yield chunk
  }
  if (size < bytes) throw new Interrupted(`it ended after ${size} of ${bytes} bytes`)
}

/** Aborts when nothing was seen for too long. */
class Watch {
  readonly #controller = new AbortController()
  #timer = setTimeout(() => this.#controller.abort(), STALLED_MS)

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  seen(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** Errors of node:fs are not the network's: another attempt would not help. */
function isOfDisk(error: unknown): boolean {
  const { syscall } = Object(error)
  return error instanceof Error && ['open', 'write', 'truncate', 'ftruncate'].includes(String(syscall))
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
