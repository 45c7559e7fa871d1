/** The middle value; the mean of the two middle ones of an even count. NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which a share `q` (0 to 1) of the values lies, interpolated between neighbours. NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return low + (high - low) * (at - Math.floor(at))
}

/** Round by round: machines that are shared swing within seconds, two slices of one round much less. */
export function pairwise(
  a: readonly number[],
  b: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  if (a.length !== b.length) throw new Error(`${a.length} slices cannot be paired with ${b.length}`)
  return a.map((value, round) => combine(value, b[round] ?? Number.NaN))
}

export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return pairwise(a, b, (x, y) => x / y)
}
