import { once } from 'node:events'
import { open } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Logger, pino } from 'pino'
import { ConfigError } from '../config.ts'

/** What waits for a slow disk or pipe, at most; more lines are dropped, and counted. */
const MAX_WAITING_BYTES = 16 * 2 ** 20
/** Lines are written together, but not later than this. As long as a pipe takes in one piece: no other line gets in between. */
const TOGETHER_BYTES = 2048
const MAX_WRITE_BYTES = 4096
const FLUSH_MS = 1000
const STDOUT = 1

export interface PredictionWriter {
  write(record: object): void
  /** Writes what waits. */
  close(): Promise<void>
}

export interface WriterOptions {
  /** Empty: standard output. */
  readonly file: string
  /** pino's paths, such as `input[*][2]`. */
  readonly redact: readonly string[]
  /** A line was given up: the disk is too slow, or full. */
  onDrop(): void
  onError(error: Error): void
}

/** Opens where lines of JSON are appended; the event loop does not wait for them. Throws ConfigError. */
export async function openWriter({ file, redact, onDrop, onError }: WriterOptions): Promise<PredictionWriter> {
  const destination = pino.destination({
    dest: file === '' ? STDOUT : await openFile(file),
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    minLength: TOGETHER_BYTES,
    maxWrite: MAX_WRITE_BYTES,
    periodicFlush: FLUSH_MS,
  })
  destination.on('drop', onDrop)
  destination.on('error', onError)
  const logger = openLogger(redact, destination)
  return {
    write: (record) => logger.info(record),
    async close() {
      // A disk that is full has been told by onError, and must not keep the server from stopping.
      const closed = once(destination, 'close').catch(() => undefined)
      destination.end()
      await closed
    },
  }
}

async function openFile(file: string): Promise<number> {
  try {
    await mkdir(dirname(file), { recursive: true })
    return await promisify(open)(file, 'a')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`PREDICTION_LOG_FILE: ${reason}`, { cause })
  }
}

/** Lines of a name, the time and the record. */
function openLogger(redact: readonly string[], destination: ReturnType<typeof pino.destination>): Logger {
  try {
    return pino(
      {
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        // A name instead of the level: where it goes to standard output, other lines do, too.
        formatters: { level: () => ({ log: 'prediction' }) },
        redact: [...redact],
      },
      destination,
    )
  } catch (cause) {
    destination.destroy()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`PREDICTION_LOG_REDACT: ${reason}`, { cause })
  }
}
