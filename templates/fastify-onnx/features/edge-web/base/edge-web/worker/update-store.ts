import { join } from '../update/body.ts'
import type { Bytes } from '../update/hash.ts'
import type { Partial, Store } from '../update/store.ts'
import { openDatabase, resultOf, type Table, transact } from './database.ts'

/** Where a browser keeps models that were released: one database for each place that an export is hosted at. */
export function browserStore(name: string): Store {
  let database: Promise<IDBDatabase> | undefined
  type Work<Result> = (table: (name: Table) => IDBObjectStore) => Promise<Result>
  const inside = async <Result>(mode: 'readonly' | 'readwrite', work: Work<Result>) => {
    database ??= openDatabase(name)
    return transact(await database, mode, work)
  }
  const look = <Result>(work: Work<Result>) => inside('readonly', work)
  const change = (work: Work<unknown>) => inside('readwrite', work).then(() => undefined)

  return {
    read: (key) => look(async (table) => (await resultOf<string | undefined>(table('texts').get(key))) ?? null),
    write: (key, text) => change((table) => resultOf(table('texts').put(text, key))),
    readModel: (hash) => look(async (table) => (await resultOf<Bytes | undefined>(table('models').get(hash))) ?? null),
    keepModels: (hashes) =>
      change(async (table) => {
        const keys = await resultOf(table('models').getAllKeys())
        const old = keys.filter((key) => !hashes.includes(String(key)))
        await Promise.all(old.map((key) => resultOf(table('models').delete(key))))
      }),
    partial: (hash) =>
      look(async (table) => (await resultOf<Partial | undefined>(table('partials').get(hash))) ?? null),
    readPartial: (hash) => look(async (table) => join(await resultOf<Bytes[]>(table('parts').getAll(partsOf(hash))))),
    begin: (hash, etag) =>
      change(async (table) => {
        await Promise.all([resultOf(table('partials').clear()), resultOf(table('parts').clear())])
        await resultOf(table('partials').put({ received: 0, etag } satisfies Partial, hash))
      }),
    append: (hash, bytes) =>
      change(async (table) => {
        const { received, etag } = await resultOf<Partial>(table('partials').get(hash))
        await resultOf(table('parts').put(bytes, [hash, received]))
        await resultOf(table('partials').put({ received: received + bytes.length, etag } satisfies Partial, hash))
      }),
    discard: (hash) => change((table) => forget(table, hash)),
    finish: (hash) =>
      change(async (table) => {
        const parts = await resultOf<Bytes[]>(table('parts').getAll(partsOf(hash)))
        await resultOf(table('models').put(join(parts), hash))
        await forget(table, hash)
      }),
    async freeBytes() {
      const { quota, usage } = await navigator.storage.estimate()
      return quota === undefined || usage === undefined ? null : quota - usage
    },
    // Among all tabs and workers of the origin.
    exclusive: (lock, work) => navigator.locks.request(`${name}:${lock}`, work),
    ifFree: (lock, work) =>
      navigator.locks.request(`${name}:${lock}`, { ifAvailable: true }, (held) => (held ? work() : null)),
  }
}

async function forget(table: (name: Table) => IDBObjectStore, hash: string): Promise<void> {
  await Promise.all([resultOf(table('partials').delete(hash)), resultOf(table('parts').delete(partsOf(hash)))])
}

/** In the order in which they came: their keys are [hash, where they begin]. */
function partsOf(hash: string): IDBKeyRange {
  return IDBKeyRange.bound([hash], [hash, []])
}
