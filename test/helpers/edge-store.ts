import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/store.ts'

/** What befalls the disk at a step. */
export type Fate = 'fine' | 'refuses' | 'dies'

/**
 * The store of a device, in a folder. Each writing step asks `fate` first. A step at which the device dies is done half or not
 * at all and never returns, nor does any after it: open another store on the same folder to start the device again.
 */
export class FolderStore implements Store {
  readonly #folder: string
  readonly #fate: (step: string) => Fate
  #dead = false
  #held = new Set<string>()

  constructor(folder: string, fate: (step: string) => Fate = () => 'fine') {
    this.#folder = folder
    this.#fate = fate
    mkdirSync(join(folder, 'models'), { recursive: true })
    mkdirSync(join(folder, 'partial'), { recursive: true })
  }

  read(key: string) {
    return this.#look(() => this.#text(key))
  }

  write(key: string, text: string) {
    const file = join(this.#folder, key)
    return this.#step(
      `write ${key}`,
      () => {
        writeFileSync(`${file}.new`, text)
        renameSync(`${file}.new`, file)
      },
      () => writeFileSync(`${file}.new`, text.slice(0, 20)),
    )
  }

  readModel(sha256: string) {
    return this.#look(() => this.#bytes(join('models', sha256)))
  }

  keepModels(hashes: readonly string[]) {
    return this.#step('keepModels', () => {
      for (const name of readdirSync(join(this.#folder, 'models'))) {
        if (!hashes.includes(name)) rmSync(join(this.#folder, 'models', name))
      }
    })
  }

  partial(sha256: string) {
    return this.#look(() => {
      const bytes = this.#bytes(join('partial', sha256))
      const etag = this.#text(join('partial', `${sha256}.etag`)) || null
      return bytes && { received: bytes.length, etag }
    })
  }

  readPartial(sha256: string) {
    return this.#look(() => this.#bytes(join('partial', sha256)) ?? new Uint8Array())
  }

  begin(sha256: string, etag: string | null) {
    return this.#step('begin', () => {
      rmSync(join(this.#folder, 'partial'), { recursive: true })
      mkdirSync(join(this.#folder, 'partial'))
      writeFileSync(join(this.#folder, 'partial', `${sha256}.etag`), etag ?? '')
      writeFileSync(join(this.#folder, 'partial', sha256), '')
    })
  }

  append(sha256: string, bytes: Uint8Array) {
    const file = join(this.#folder, 'partial', sha256)
    return this.#step(
      'append',
      () => appendFileSync(file, bytes),
      () => appendFileSync(file, bytes.subarray(0, bytes.length / 2)),
    )
  }

  discard(sha256: string) {
    return this.#step('discard', () => rmSync(join(this.#folder, 'partial', sha256), { force: true }))
  }

  finish(sha256: string) {
    return this.#step('finish', () =>
      renameSync(join(this.#folder, 'partial', sha256), join(this.#folder, 'models', sha256)),
    )
  }

  freeBytes(): Promise<number | null> {
    return this.#look(() => null)
  }

  async exclusive<T>(lock: string, work: () => Promise<T>): Promise<T> {
    while (this.#held.has(lock)) await new Promise((resolve) => setImmediate(resolve))
    return (await this.ifFree(lock, work)) as T // nobody else came in between: it is one thread
  }

  async ifFree<T>(lock: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#held.has(lock)) return null
    this.#held.add(lock)
    try {
      return await work()
    } finally {
      this.#held.delete(lock)
    }
  }

  async #look<T>(look: () => T): Promise<T> {
    return this.#dead ? never() : look()
  }

  async #step(name: string, whole: () => void, half: () => void = () => undefined): Promise<void> {
    if (this.#dead) return never()
    const fate = this.#fate(name)
    if (fate === 'refuses') throw new Error(`the disk refused to ${name}`)
    if (fate === 'dies') {
      this.#dead = true
      half()
      return never()
    }
    whole()
  }

  #text(path: string): string | null {
    const file = join(this.#folder, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }

  #bytes(path: string): Uint8Array<ArrayBuffer> | null {
    const file = join(this.#folder, path)
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : null
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
