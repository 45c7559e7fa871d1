/** IndexedDB with promises. */

/** What a transaction may touch. */
export const TABLES = ['texts', 'models', 'partials', 'parts'] as const

export type Table = (typeof TABLES)[number]

export async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => {
    for (const table of TABLES) request.result.createObjectStore(table)
  })
  return resultOf(request)
}

/**
 * All of `work` or nothing of it, on the disk when this returns. Between its steps, `work` may await nothing but requests of the
 * transaction: it ends by itself when it is not asked for anything more.
 */
export async function transact<Result>(
  database: IDBDatabase,
  mode: 'readonly' | 'readwrite',
  work: (table: (name: Table) => IDBObjectStore) => Promise<Result>,
): Promise<Result> {
  const transaction = database.transaction(TABLES, mode, { durability: 'strict' })
  const done = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('the transaction was aborted')))
  })
  const [result] = await Promise.all([work((name) => transaction.objectStore(name)), done])
  return result
}

export function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the database refused')))
  })
}
