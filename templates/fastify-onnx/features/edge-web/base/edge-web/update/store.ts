import type { Bytes } from './hash.ts'

/** A download that is not whole yet. */
export interface Partial {
  readonly received: number
  /** With which its bytes came. */
  readonly etag: string | null
}

/**
 * Where a device keeps what it knows and what it loaded. Whatever a method throws is a disk that refuses; models and partial
 * downloads are named by the SHA-256 that they have, or shall have.
 */
export interface Store {
  /** null: nothing was written. */
  read(key: 'state' | 'device'): Promise<string | null>
  /** Replaces it, atomically and durably. */
  write(key: 'state' | 'device', text: string): Promise<void>

  /** null: not there. */
  readModel(sha256: string): Promise<Bytes | null>
  /** Deletes all models but these. */
  keepModels(hashes: readonly string[]): Promise<void>

  partial(sha256: string): Promise<Partial | null>
  readPartial(sha256: string): Promise<Bytes>
  /** An empty partial download, in place of the one that may be there; all others are deleted. */
  begin(sha256: string, etag: string | null): Promise<void>
  append(sha256: string, bytes: Bytes): Promise<void>
  discard(sha256: string): Promise<void>
  /** What was partial becomes the model. */
  finish(sha256: string): Promise<void>

  /** null: not known. */
  freeBytes(): Promise<number | null>

  /** Runs `work` while nobody else, no other tab either, runs work under this lock. */
  exclusive<T>(lock: 'state', work: () => Promise<T>): Promise<T>
  /** The same, if it is free now; else null. */
  ifFree<T>(lock: 'update', work: () => Promise<T>): Promise<T | null>
}
