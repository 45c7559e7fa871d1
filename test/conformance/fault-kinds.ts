import { type Answered, type Asked, type Fault, jsonOf, reply, withJson } from './wrong-server.ts'

/** A fault that a server may have, the model that shows it, and the cases that find it. */
export interface FaultCase {
  readonly name: string
  /** Default: iris. */
  readonly model?: 'iris' | 'two_inputs' | 'string_input'
  readonly fault: Fault
  /** At least these fail; with `only`, no others. */
  readonly fails: readonly string[]
  readonly only?: boolean
  /** With the heavy cases. */
  readonly limits?: boolean
  /** Milliseconds of each case. */
  readonly timeout?: number
}

type Json = ReturnType<typeof jsonOf>

export function isInfer({ path, method }: Asked): boolean {
  return path.endsWith('/infer') && method === 'POST'
}

export function isBinary({ headers }: Asked): boolean {
  return headers['inference-header-content-length'] !== undefined
}

export const REFUSED = reply(400, { error: 'no' })

/** Refuses the requests for which `when` holds, though they are right. */
export function refuse(when: (asked: Asked) => boolean): Fault {
  return { instead: (asked) => (when(asked) ? REFUSED : undefined) }
}

/** Refuses infer requests whose JSON looks so. */
export function refuseJson(when: (json: Json, asked: Asked) => boolean): Fault {
  return refuse((asked) => isInfer(asked) && when(parse(asked), asked))
}

/** The JSON of a request; empty, where there is none that can be read. */
export function parse(asked: Asked): Json {
  try {
    return Object(jsonOf(asked))
  } catch {
    return {}
  }
}

/** Requests that have JSON, changed on their way. */
export function inRequests(change: (json: Json) => unknown): Fault {
  return {
    request: (asked) => {
      const json = parse(asked)
      return isInfer(asked) && Array.isArray(json.inputs) ? withJson(asked, change(json)) : asked
    },
  }
}

/** Answers to right infer requests, changed. */
export function inAnswers(change: (json: Json) => unknown): Fault {
  return {
    answer: (answered, asked) =>
      isInfer(asked) && answered.status === 200 ? withJson(answered, change(jsonOf(answered))) : answered,
  }
}

export function inOutputs(change: (output: Json) => unknown): Fault {
  return inAnswers((json) => ({ ...json, outputs: json.outputs.map(change) }))
}

/** What GET of a path answers, changed. */
export function at(path: string, change: (answered: Answered) => Answered): Fault {
  return { answer: (answered, asked) => (asked.path === path && asked.method === 'GET' ? change(answered) : answered) }
}

export function inJsonAt(path: string, change: (json: Json) => unknown): Fault {
  return at(path, (answered) => withJson(answered, change(jsonOf(answered))))
}

/** Other answers to what is refused. */
export function inRefusals(change: (answered: Answered, asked: Asked) => Answered): Fault {
  return { answer: (answered, asked) => (answered.status >= 400 ? change(answered, asked) : answered) }
}

/** A server of versions, which ours are not, with a fault. */
export function versioned(answer: NonNullable<Fault['answer']> = (answered) => answered): Fault {
  return {
    request: (asked) => ({ ...asked, path: asked.path.replace('/versions/1', '') }),
    answer: (answered, asked) => {
      const isModel = /^\/v2\/models\/[^/]+(\/versions\/1)?$/.test(asked.path) && answered.status === 200
      return answer(isModel ? withJson(answered, { ...jsonOf(answered), versions: ['1'] }) : answered, asked)
    },
  }
}
