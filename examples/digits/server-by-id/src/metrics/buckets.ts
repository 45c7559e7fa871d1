/** Seconds: from what a small model takes on the event loop to what callers give up at. */
const DURATIONS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** Rows of a batch, whose sizes are probed in powers of two. */
export const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const

/** In seconds, with the latency budget as an edge: only there can "how many were within it" be read exactly. */
export function durationBuckets(budget: { readonly latencyP99Ms: number } | null): readonly number[] {
  const edges = new Set<number>(DURATIONS)
  if (budget !== null) edges.add(budget.latencyP99Ms / 1000)
  return [...edges].sort((a, b) => a - b)
}
