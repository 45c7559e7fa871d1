/** Numbers as people read them. */

export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export function showMs(ms: number): string {
  if (ms < 0.1) return '< 0.1 ms'
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`
}

/** Three significant digits, without a long tail of zeros. */
export function showNumber(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(2)
}

/** Probabilities in percent, other scores as they are. */
export function showScore(score: number, areProbabilities: boolean): string {
  if (!areProbabilities) return showNumber(score)
  return score > 0 && score < 0.001 ? '< 0.1 %' : `${(score * 100).toFixed(1)} %`
}
