/** Things per second of `run`, with so many of them in flight at any time: all that are begun within the time are finished. */
export async function closedLoop(run: () => Promise<unknown>, inFlight: number, seconds: number): Promise<number> {
  let done = 0
  const start = performance.now()
  const end = start + seconds * 1000
  async function work(): Promise<void> {
    while (performance.now() < end) {
      await run()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  return done / ((performance.now() - start) / 1000)
}
