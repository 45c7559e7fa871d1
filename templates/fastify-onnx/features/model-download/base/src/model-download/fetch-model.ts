import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ExponentialBackoff, handleType, retry } from 'cockatiel'
import type { FastifyBaseLogger } from 'fastify'
import { ModelFileError } from '../ml/errors.ts'
import { downloadRest, Interrupted } from './download.ts'

export interface ModelSource {
  readonly url: string
  /** Sent as Authorization; empty: none. */
  readonly authorization: string
  /** Where the model is to be. */
  readonly file: string
  /** Of the whole file: hex. */
  readonly sha256: string
  readonly bytes: number
  readonly log: FastifyBaseLogger
}

/** Times that an interrupted download is gone on with. */
const ATTEMPTS = 8
const BACKOFF = new ExponentialBackoff({ initialDelay: 200, maxDelay: 10_000 })

/**
 * Makes sure that the model is there, whole and the right one. What was fetched before an interruption, or before the process
 * ended, is not fetched again. Throws ModelFileError.
 */
export async function fetchModel(source: ModelSource): Promise<void> {
  const { file, sha256, bytes, log } = source
  if ((await sizeOf(file)) === bytes && (await hashFile(file)) === sha256) {
    log.info({ file }, 'the model is there already')
    return
  }
  const part = `${file}.part`
  const startedAt = performance.now()
  await explaining(source, () => mkdir(dirname(file), { recursive: true }))
  const isResumed = (await sizeOf(part)) > 0
  await download(source, part)
  if (!(await isRight(part, sha256))) {
    // What was left of another model may lie in front.
    if (isResumed) await download(source, part)
    if (!isResumed || !(await isRight(part, sha256))) throw wrongModel(source)
  }
  await explaining(source, () => rename(part, file))
  const seconds = Math.round(performance.now() - startedAt) / 1000
  log.info({ from: withoutSecrets(source.url), file, bytes, seconds }, 'the model is fetched')
}

/** Goes on where it was interrupted, again and again. */
async function download(source: ModelSource, part: string): Promise<void> {
  const policy = retry(handleType(Interrupted), { maxAttempts: ATTEMPTS, backoff: BACKOFF })
  policy.onRetry(({ attempt, delay }) => source.log.warn({ attempt, delay }, 'the model is fetched on'))
  await explaining(source, () => policy.execute(async () => downloadRest(source, part, { from: await sizeOf(part) })))
}

/** Removes it when it is another one: there is nothing in it to go on with. */
async function isRight(part: string, sha256: string): Promise<boolean> {
  if ((await hashFile(part)) === sha256) return true
  await rm(part, { force: true })
  return false
}

function wrongModel({ url, sha256 }: ModelSource): ModelFileError {
  return new ModelFileError(
    `the file at ${withoutSecrets(url)} is not the model that this server was made for: its SHA-256 is not ${sha256}`,
  )
}

/** Says what went wrong with which address; a full disk, or a folder without permission, is not the network's doing. */
async function explaining<Result>({ url, file }: ModelSource, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ModelFileError(`cannot fetch the model from ${withoutSecrets(url)} to ${file}: ${reason}`, { cause })
  }
}

/** Signed addresses carry their secret behind the question mark, others in front of the host. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** 0: it is not there. */
async function sizeOf(file: string): Promise<number> {
  const status = await stat(file).catch(() => undefined)
  return status?.size ?? 0
}
