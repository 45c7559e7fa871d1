import { createHash } from 'node:crypto'
import type { Contract } from '../transforms/types.ts'
import type { KeyMatch } from './tier.ts'

/** Of what entries look like (entry.ts): another format is another key. */
const FORMAT = 1

/** What decides what is kept under an id, beside the data itself. Never the model's outputs: models may share what is prepared. */
export interface KeyParts {
  readonly level: 'input' | 'preprocessed' | 'features'
  readonly inputs: Contract['inputs']
  readonly spec: unknown
  /** Of preprocess.ts with its imports. */
  readonly codeHash: string
  /** Of the libraries that decode images. */
  readonly decoder: string
  /** Of the encoder, at level features. */
  readonly encoderHash: string
}

/** Servers with the same source name and the same preprocessing share entries; all others have keys of their own. */
export class Keys {
  readonly #source: string
  readonly #present: string

  constructor(sourceName: string, parts: KeyParts) {
    // As a name may hold a colon, or what Redis takes for a pattern.
    this.#source = `cis:${FORMAT}:${encodeURIComponent(sourceName)}:`
    this.#present = `${this.#source}${hashParts(parts)}:`
  }

  /** Where servers with the same source tell each other what they clear. */
  get channel(): string {
    return `${this.#source}clear`
  }

  of(id: string): string {
    return `${this.#present}${id}`
  }

  /** An id, in whatever way it was prepared. */
  matchId(id: string): KeyMatch {
    return { prefix: this.#source, suffix: `:${id}` }
  }

  /** What other code, models or libraries have left, and this server cannot use. */
  matchStale(): KeyMatch {
    return { prefix: this.#source, suffix: '', except: this.#present }
  }

  matchAll(): KeyMatch {
    return { prefix: this.#source, suffix: '' }
  }
}

/** 128 bits, hex. Sizes that may vary have names, which are nobody's business but the model's; as those of inputs are. */
function hashParts({ level, inputs, spec, codeHash, decoder, encoderHash }: KeyParts): string {
  const tensors = inputs.map(({ dtype, shape }) => [dtype, shape?.map((dim) => (typeof dim === 'number' ? dim : null))])
  // The bytes of the source are the same whatever becomes of them.
  const parts = level === 'input' ? [level] : [level, tensors, spec, codeHash, decoder, encoderHash]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
