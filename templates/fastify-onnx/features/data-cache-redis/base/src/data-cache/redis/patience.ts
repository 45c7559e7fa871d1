/** Nothing was heard for too long. */
export class NoAnswer extends Error {}

/**
 * Waits for the answers of one peer as long as any of them arrive: of a hundred large values the last comes late, but from
 * somebody who is busy sending. Only silence is too long.
 */
export class Patience {
  #heardAt = 0

  /** Throws NoAnswer after `ms` of silence, and what the answer throws. */
  wait<T>(answer: Promise<T>, ms: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const askedAt = performance.now()
      const look = () => {
        const silentMs = performance.now() - Math.max(askedAt, this.#heardAt)
        if (silentMs < ms) timer = later(look, ms - silentMs)
        else reject(new NoAnswer(`no answer within ${ms} ms`))
      }
      let timer = later(look, ms)
      const heard = () => {
        this.#heardAt = performance.now()
        timer.cancel()
      }
      answer.then(
        (value) => {
          heard()
          resolve(value)
        },
        (error: unknown) => {
          heard()
          reject(error)
        },
      )
    })
  }
}

/** Once the event loop has read what has arrived: where it was busy itself, nobody else was late. */
function later(run: () => void, ms: number): { cancel(): void } {
  let immediate: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    immediate = setImmediate(run)
  }, ms)
  return {
    cancel() {
      clearTimeout(timer)
      clearImmediate(immediate)
    },
  }
}
