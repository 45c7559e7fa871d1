import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ConfigError } from '../../config.ts'
import { DataError } from '../../ml/errors.ts'
import type { Settings } from '../../settings.ts'
import { SourceDown, SourceSlow } from '../errors.ts'
import { explainId } from '../ids.ts'
import type { DataFile } from '../value.ts'
import type { Source } from './source.ts'

/** The environment variables of a PostgreSQL source. */
export const postgresEnv = {
  /** postgres://user:password@host:port/database?sslmode=verify-full. Secret, as it may hold a password. */
  POSTGRES_URL: { type: 'string', default: 'postgres://127.0.0.1:5432/postgres', minLength: 1, secret: true },
  /** Connections that one process opens at most. */
  POSTGRES_CONNECTIONS: { type: 'integer', default: 4, minimum: 1 },
} as const satisfies Settings

export interface PostgresOptions {
  readonly url: string
  readonly connections: number
  /** `table` or `schema.table`. */
  readonly table: string
  readonly idColumn: string
  readonly column: string
  /** bytes: of an image file; json: what `data` of a request would be. */
  readonly holds: 'bytes' | 'json'
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** Ids that a list asks for at a time. */
const PAGE = 1000
/** Idle connections are closed after this. */
const IDLE_MS = 30_000
/** A connection that a restart of the server has cut is noticed by the query on it: it is tried once more, on a new one. */
const AGAIN_MS = 50
/** An id that is no value of the column's type, such as a name where ids are numbers: there can be nothing under it. */
const NOT_OF_TYPE = ['22P02', '22003', '22007', '22008']
/** Terminated by a restart or an administrator, starting up, shutting down, too many connections. */
const AWAY = /^(57P0[123]|53300|08\d{3})$/
const CANCELLED = '57014'

/** A table with a row for each id. Only ever read. */
export class PostgresSource implements Source {
  readonly description: string
  readonly #options: PostgresOptions
  readonly #pool: pg.Pool
  readonly #select: pg.QueryConfig
  readonly #firstPage: pg.QueryConfig
  readonly #nextPage: pg.QueryConfig

  constructor(options: PostgresOptions) {
    this.#options = options
    this.#pool = openPool(options)
    const [table, id, column] = [
      options.table.split('.').map(quote).join('.'),
      quote(options.idColumn),
      quote(options.column),
    ]
    this.description = `the table ${options.table}`
    // What is too large is not even sent. JSON is sent as its text: the server parses it like a request's.
    const value = options.holds === 'bytes' ? column : `convert_to(${column}::text, 'UTF8')`
    const size = `octet_length(${value})`
    this.#select = {
      name: 'inference-server-select',
      text: `SELECT ${size} AS size, CASE WHEN ${size} <= $2 THEN ${value} END AS value FROM ${table} WHERE ${id} = $1`,
    }
    // With the table's name in front of it: the result, which is text, has another order than ids that are numbers.
    const page = (name: string, where: string): pg.QueryConfig => ({
      name,
      text: `SELECT t.${id}::text AS id FROM ${table} t ${where} ORDER BY t.${id} LIMIT ${PAGE}`,
    })
    this.#firstPage = page('inference-server-first-page', '')
    this.#nextPage = page('inference-server-next-page', `WHERE t.${id} > $1`)
  }

  async fetch(id: string): Promise<DataFile | null> {
    const [row] = await this.#query(this.#select, [id, this.#options.maxBytes])
    if (!row || row.size === null) return null
    const { maxBytes, holds } = this.#options
    if (!(row.value instanceof Uint8Array)) {
      throw new DataError(422, `The data with the id ${JSON.stringify(id)} is larger than ${maxBytes} bytes.`)
    }
    return { bytes: row.value, ...(holds === 'json' && { type: 'application/json' }) }
  }

  /** Page by page: a table may have more ids than fit into memory. */
  async *list(): AsyncIterable<string> {
    for (let rows = await this.#query(this.#firstPage, []); ; ) {
      for (const { id } of rows) if (typeof id === 'string' && explainId(id) === null) yield id
      if (rows.length < PAGE) return
      rows = await this.#query(this.#nextPage, [rows.at(-1)?.id])
    }
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #query(query: pg.QueryConfig, values: readonly unknown[]): Promise<readonly Row[]> {
    const run = async () => (await this.#pool.query<Row>({ ...query, values: [...values] })).rows
    try {
      return await run().catch(async (error) => {
        if (!wasCut(error)) throw error
        await sleep(AGAIN_MS)
        return run()
      })
    } catch (cause) {
      if (NOT_OF_TYPE.includes(codeOf(cause))) return []
      throw this.#explain(cause)
    }
  }

  #explain(cause: unknown): DataError {
    const { timeoutMs } = this.#options
    const message = cause instanceof Error ? cause.message : String(cause)
    if (codeOf(cause) === CANCELLED || /timeout/i.test(message)) {
      return new SourceSlow(`${this.description} did not answer within ${timeoutMs} ms.`, { cause })
    }
    return new SourceDown(`${this.description} cannot be read.`, { cause })
  }
}

interface Row {
  readonly id?: unknown
  readonly size?: unknown
  readonly value?: unknown
}

function openPool({ url, connections, timeoutMs }: PostgresOptions): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ConfigError('POSTGRES_URL must be postgres://user:password@host:port/database')
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    // The database stops working on what nobody waits for, and refuses to write.
    statement_timeout: timeoutMs,
    options: '-c default_transaction_read_only=on',
    allowExitOnIdle: true,
  })
  // Of idle connections: the next query opens a new one.
  pool.on('error', () => undefined)
  return pool
}

/** As an identifier, whatever it holds. */
function quote(name: string): string {
  return pg.escapeIdentifier(name)
}

function codeOf(error: unknown): string {
  const { code } = Object(error)
  return typeof code === 'string' ? code : ''
}

/** The connection was lost, not the query wrong. */
function wasCut(error: unknown): boolean {
  const message = error instanceof Error ? error.message : ''
  return AWAY.test(codeOf(error)) || codeOf(error) === 'ECONNRESET' || /^Connection terminated/.test(message)
}
