import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../scripts/run-server.ts'
import {
  type PostgresOptions,
  PostgresSource,
} from '../../templates/fastify-onnx/features/data-cache-postgres/base/src/data-cache/sources/postgres.ts'
import { type Database, findPostgres, startPostgres } from '../helpers/postgres.ts'
import { until } from '../helpers/processes.ts'

const needed = findPostgres() ? '' : ' (skipped: PostgreSQL is not installed)'

function open(url: string, more: Partial<PostgresOptions> = {}): PostgresSource {
  const source = new PostgresSource({
    url,
    connections: 4,
    table: 'items',
    idColumn: 'id',
    column: 'data',
    holds: 'json',
    timeoutMs: 5000,
    maxBytes: 1000,
    ...more,
  })
  onTestFinished(() => source.close())
  return source
}

/** Ids 0 to n - 1, each with its JSON. */
async function fill(database: Database, count: number): Promise<void> {
  await database.query('CREATE TABLE items (id text PRIMARY KEY, data jsonb)')
  await database.query(
    `INSERT INTO items SELECT lpad(n::text, 4, '0'), jsonb_build_array(n) FROM generate_series(0, $1::int - 1) n`,
    [count],
  )
}

async function idsOf(source: PostgresSource): Promise<string[]> {
  const ids: string[] = []
  for await (const id of source.list()) ids.push(id)
  return ids
}

describe.skipIf(needed !== '')(`PostgreSQL${needed}`, () => {
  test('has the record of an id as JSON, and nothing under another', async () => {
    const database = await startPostgres()
    await fill(database, 3)
    await database.query(`INSERT INTO items VALUES ('empty', NULL), ('large', to_jsonb(repeat('x', 2000)))`)
    const source = open(database.url)
    expect(await source.fetch('0002')).toEqual({ bytes: Buffer.from('[2]'), type: 'application/json' })
    expect(await source.fetch('gone')).toBeNull()
    expect(await source.fetch('empty')).toBeNull()
    await expect(source.fetch('large')).rejects.toMatchObject({ statusCode: 422 })
  })

  test('has the bytes of an image, whatever the table, its columns and ids are called', async () => {
    const database = await startPostgres()
    await database.query('CREATE SCHEMA "my data"')
    await database.query('CREATE TABLE "my data"."Photos; --" ("the ""id""" bigint, "select" bytea)')
    await database.query('INSERT INTO "my data"."Photos; --" VALUES (7, $1)', [Buffer.of(0, 255, 10)])
    const names = { table: 'my data.Photos; --', idColumn: 'the "id"', column: 'select' }
    const source = open(database.url, { ...names, holds: 'bytes' })
    expect(await source.fetch('7')).toEqual({ bytes: Buffer.of(0, 255, 10) })
    expect(await source.fetch("7' OR '1'='1")).toBeNull()
    expect(await source.fetch('99999999999999999999')).toBeNull()
    expect(await idsOf(source)).toEqual(['7'])
  })

  test('lists all ids, page by page, in their own order', async () => {
    const database = await startPostgres()
    await fill(database, 2500)
    expect(await idsOf(open(database.url))).toEqual(
      Array.from({ length: 2500 }, (_, index) => String(index).padStart(4, '0')),
    )
    await database.query('CREATE TABLE numbered AS SELECT n AS id, to_jsonb(n) AS data FROM generate_series(1, 1200) n')
    expect(await idsOf(open(database.url, { table: 'numbered' }))).toEqual(
      Array.from({ length: 1200 }, (_, index) => String(index + 1)),
    )
  })

  test('is only read', async () => {
    const database = await startPostgres()
    await fill(database, 1)
    await database.query(`CREATE FUNCTION spoil() RETURNS jsonb LANGUAGE plpgsql AS
      $$ BEGIN DELETE FROM items; RETURN '1'; END $$`)
    await database.query(`CREATE VIEW trap AS SELECT id, spoil() AS data FROM items`)
    await expect(open(database.url, { table: 'trap' }).fetch('0000')).rejects.toMatchObject({ statusCode: 502 })
    expect(await open(database.url).fetch('0000')).not.toBeNull()
  })

  test('that is restarted in the midst of it loses no request', async () => {
    const database = await startPostgres()
    await fill(database, 100)
    const source = open(database.url)
    const ask = () =>
      source.fetch('0042').then(
        (file) => (file === null ? 'nothing' : 'found'),
        (error: { statusCode?: number }) => error.statusCode,
      )
    const answers: unknown[] = []
    let asking = true
    const callers = Array.from({ length: 8 }, async () => {
      while (asking) answers.push(await ask())
    })
    await until(() => answers.length > 50)
    await database.restart()
    const before = answers.length
    await until(() => answers.slice(before).filter((answer) => answer === 'found').length > 50)
    asking = false
    await Promise.all(callers)
    // While it is away it is 502, and never a wrong answer.
    expect(new Set(answers.filter((answer) => answer !== 'found' && answer !== 502))).toEqual(new Set())
    expect(await ask()).toBe('found')
  })

  test('of which idle connections were cut answers the next request', async () => {
    const database = await startPostgres()
    await fill(database, 1)
    const source = open(database.url)
    await Promise.all(Array.from({ length: 4 }, () => source.fetch('0000')))
    await database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    expect(await source.fetch('0000')).not.toBeNull()
  })

  test('that does not answer is 504, one that is not there 502 with Retry-After', async () => {
    const database = await startPostgres()
    await database.query(`CREATE VIEW slow AS SELECT 'a' AS id, to_jsonb(pg_sleep(20)::text) AS data`)
    await expect(open(database.url, { table: 'slow', timeoutMs: 200 }).fetch('a')).rejects.toMatchObject({
      statusCode: 504,
    })
    await expect(open(database.url, { table: 'no_such_table' }).fetch('a')).rejects.toMatchObject({ statusCode: 502 })
    const nowhere = open(`postgres://127.0.0.1:${await freePort()}/postgres`)
    await expect(nowhere.fetch('a')).rejects.toMatchObject({ statusCode: 502, retryAfter: 5 })
  })
})

test('an address that is none of PostgreSQL is refused', () => {
  expect(() => open('http://localhost')).toThrow(/POSTGRES_URL must be postgres:\/\//)
})
