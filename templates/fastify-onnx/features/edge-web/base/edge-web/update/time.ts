const TIME = /^[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/

/** A real date in UTC, in the one form in which times can be compared as text. */
export function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !TIME.test(value)) return false
  const date = new Date(value)
  return !Number.isNaN(date.getTime()) && printTime(date) === value // the 30th of February becomes the 2nd of March
}

/** In whole seconds, what is beyond is cut off. */
export function printTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
