/** Tells the benchmark, which started this process, and ends with it. */
export function tell(message: object): void {
  if (process.send === undefined) throw new Error('started by the benchmark only')
  process.send(message)
}

/** Answers each message of the benchmark. */
export function answer(reply: (message: unknown) => Promise<object>): void {
  process.on('message', async (message) => tell(await reply(message)))
}

process.on('disconnect', () => process.exit())
