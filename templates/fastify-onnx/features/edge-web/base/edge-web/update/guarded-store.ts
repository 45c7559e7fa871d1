import type { Store } from './store.ts'

/** The store refused: it is full, or broken. */
export class StoreError extends Error {}

/** A store of which everything that it throws is a StoreError: what is thrown besides is a mistake of ours. */
export function guarded(store: Store): Store {
  return {
    read: (key) => guard(store.read(key)),
    write: (key, text) => guard(store.write(key, text)),
    readModel: (hash) => guard(store.readModel(hash)),
    keepModels: (hashes) => guard(store.keepModels(hashes)),
    partial: (hash) => guard(store.partial(hash)),
    readPartial: (hash) => guard(store.readPartial(hash)),
    begin: (hash, etag) => guard(store.begin(hash, etag)),
    append: (hash, bytes) => guard(store.append(hash, bytes)),
    discard: (hash) => guard(store.discard(hash)),
    finish: (hash) => guard(store.finish(hash)),
    freeBytes: () => guard(store.freeBytes()),
    exclusive: (lock, work) => guardLock(work, (run) => store.exclusive(lock, run)),
    ifFree: (lock, work) => guardLock(work, (run) => store.ifFree(lock, run)),
  }
}

/** What is thrown before `work` runs is the lock's; after, it is that of `work`. */
async function guardLock<T, R>(work: () => Promise<T>, lock: (run: () => Promise<T>) => Promise<R>): Promise<R> {
  let isHeld = false
  try {
    return await lock(() => {
      isHeld = true
      return work()
    })
  } catch (cause) {
    if (isHeld) throw cause
    throw new StoreError('the store has no lock', { cause })
  }
}

async function guard<T>(step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (cause) {
    throw new StoreError('the store refused', { cause })
  }
}

/** null when the store refused, for what can be done without it. */
export async function orRefused<T>(step: Promise<T>): Promise<T | null> {
  try {
    return await step
  } catch (error) {
    if (error instanceof StoreError) return null
    throw error
  }
}
