import type { Answered, Subject } from './subject.ts'

/**
 * required: the protocol says it; extension: an extension says it that the server's metadata list; recommended: clients
 * rely on it, or it is good manners. A server conforms when no case of the first two fails.
 */
export const LEVELS = ['required', 'extension', 'recommended'] as const

export type Level = (typeof LEVELS)[number]

export interface Case {
  /** `group/name` */
  readonly id: string
  /** What must hold, as a sentence. */
  readonly title: string
  readonly level: Level
  /** Where it is written, or who relies on it. */
  readonly source: string
  /** Why it cannot be asked of this server and model; undefined: it can. */
  skip(subject: Subject): string | undefined
  /** Throws Mismatch when the server does otherwise, NoAnswer when it does not answer. */
  run(subject: Subject): Promise<void>
}

interface Definition<S> extends Pick<Case, 'id' | 'title'> {
  readonly level?: Level
  readonly source: string
  skip?(subject: S): string | undefined
  run(subject: S): Promise<void>
}

/** A case that can be asked of any server. */
export function serverCase({ level = 'required', skip = () => undefined, ...rest }: Definition<Subject>): Case {
  return { ...rest, level, skip }
}

/** A case that varies a request which is known to be answered. */
export function inferCase({ skip = () => undefined, run, level = 'required', ...rest }: Definition<Answered>): Case {
  return {
    ...rest,
    level,
    skip: ({ answered }) => (answered ? skip(answered) : 'no infer request is answered (infer/answers)'),
    run: async ({ answered }) => {
      if (answered) await run(answered)
    },
  }
}

/** A case of the binary extension; skipped where the server does not list it. */
export function binaryCase(definition: Definition<Answered>): Case {
  const listed = inferCase({ level: 'extension', ...definition })
  return {
    ...listed,
    skip: (subject) =>
      subject.extensions.includes(BINARY_EXTENSION)
        ? listed.skip(subject)
        : `the server's metadata do not list ${BINARY_EXTENSION}`,
  }
}

export const BINARY_EXTENSION = 'binary_tensor_data'

/** A section of the protocol's REST document. */
export function protocol(section: string): string {
  return `Open Inference Protocol, ${section}`
}

export const BINARY_SOURCE = 'binary tensor data extension (Triton, KServe)'
