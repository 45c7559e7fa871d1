import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import type { FastifyBaseLogger } from 'fastify'
import { ReplyError } from 'ioredis'
import { Patience } from './patience.ts'

/** So many commands in a row without an answer, and Redis is not asked any more ... */
const FAILURES = 3
/** ... for this long; then one command tries whether it is back. */
const PAUSE_MS = 1000

const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const

/** Between the cache and Redis: who is slow or gone costs a few requests a few milliseconds, and all others nothing. */
export class Guard {
  readonly #patience = new Patience()
  // An error that Redis answers, such as that its memory is full, is an answer.
  readonly #breaker = circuitBreaker(
    handleWhen((error) => !(error instanceof ReplyError)),
    { breaker: new ConsecutiveBreaker(FAILURES), halfOpenAfter: PAUSE_MS },
  )

  constructor(log: FastifyBaseLogger) {
    this.#breaker.onBreak(() => log.warn('redis does not answer: the cache does without it until it does'))
    this.#breaker.onReset(() => log.info('redis answers again'))
  }

  get state(): (typeof STATES)[CircuitState] {
    return STATES[this.#breaker.state]
  }

  /** Throws what the command throws, NoAnswer after `ms` of silence, and at once while Redis is not asked. */
  run<T>(ms: number, command: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(() => this.#patience.wait(command(), ms))
  }
}
