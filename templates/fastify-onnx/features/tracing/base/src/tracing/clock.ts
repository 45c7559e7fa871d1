import type { HrTime } from '@opentelemetry/api'

/** How often it is looked whether the clock was set, and from which difference on it was. */
const LOOK_MS = 60_000
const SET_MS = 20

let offsetMs = Date.now() - performance.now()
let lookedAt = performance.now()

/**
 * Milliseconds of `performance.now()` as the time of day, seconds and nanoseconds. OpenTelemetry would do that for each span by
 * itself, and differently by up to a millisecond: spans would begin before what they are part of.
 */
export function timeOfDay(ms: number): HrTime {
  const now = performance.now()
  if (now - lookedAt > LOOK_MS) {
    lookedAt = now
    const current = Date.now() - now
    if (Math.abs(current - offsetMs) > SET_MS) offsetMs = current
  }
  const time = offsetMs + ms
  const seconds = Math.floor(time / 1000)
  return [seconds, Math.floor((time - seconds * 1000) * 1e6)]
}
