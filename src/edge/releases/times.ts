import { isTime, printTime } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/time.ts'
import { CreateError } from '../../errors.ts'

const SECONDS = { h: 3600, d: 86_400, w: 604_800 } as const

const FORMS = 'Such as 2027-01-31, 2027-01-31T12:00:00Z'

/** A date or a time as manifests write it: UTC, whole seconds. Throws `usage`. */
export function readTime(flag: string, text: string): string {
  const time = toTime(text)
  if (time !== null) return time
  throw new CreateError('usage', `${flag} "${text}" is no date`, { hint: `${FORMS}.` })
}

/** A date, or a duration from `from` on. Throws `usage`. */
export function readTimeOrDuration(flag: string, text: string, from: string): string {
  const [, number, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? []
  const time = unit === 'h' || unit === 'd' || unit === 'w' ? later(from, Number(number) * SECONDS[unit]) : toTime(text)
  if (time !== null) return time
  throw new CreateError('usage', `${flag} "${text}" is neither a date nor a duration`, {
    hint: `${FORMS}, or 90d, 12w, 48h: from the release on.`,
  })
}

/** `seconds` after a time; null beyond the year 9999. */
export function later(time: string, seconds: number): string | null {
  const date = new Date(Date.parse(time) + seconds * 1000)
  return Number.isNaN(date.getTime()) ? null : orNull(printTime(date))
}

/** An offset from UTC is taken off, a fraction of a second is cut off. */
function toTime(text: string): string | null {
  const [, day, clock = 'T00:00:00', , offset = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:([Tt ]\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$/.exec(text) ?? []
  // A day that its month does not have must not become one of the next.
  if (day === undefined || !isTime(`${day}T00:00:00Z`)) return null
  const date = new Date(`${day}T${clock.slice(1)}${offset.toUpperCase()}`)
  return Number.isNaN(date.getTime()) ? null : orNull(printTime(date))
}

function orNull(time: string): string | null {
  return isTime(time) ? time : null
}
