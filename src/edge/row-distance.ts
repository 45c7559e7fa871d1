/**
 * How far one row of numbers is from another: the Euclidean length of the difference over that of the row, or over `typical`
 * where the row itself is shorter. NaN and infinities are infinitely far from all but themselves, and so are other sizes.
 */
export function rowDistance(row: Float64Array, other: Float64Array | undefined, typical: number): number {
  if (other?.length !== row.length) return Number.POSITIVE_INFINITY
  let squares = 0
  for (const [i, value] of row.entries()) {
    if (Object.is(value, other[i])) continue
    const off = Math.abs(value - (other[i] ?? Number.NaN))
    if (!Number.isFinite(off)) return Number.POSITIVE_INFINITY
    squares += off ** 2
  }
  return squares === 0 ? 0 : Math.sqrt(squares) / Math.max(rowLength(row), typical)
}

/** The Euclidean length of what is finite. */
export function rowLength(row: Float64Array): number {
  return Math.sqrt(row.reduce((sum, value) => (Number.isFinite(value) ? sum + value ** 2 : sum), 0))
}
