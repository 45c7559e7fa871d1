/** What takes longer than this is said to be at work. */
const QUIET_MS = 1000

/** Runs a step; after a second a spinner, or one line where there is no terminal, says on stderr what is being waited for. */
export async function withProgress<T>(text: string, step: () => Promise<T>): Promise<T> {
  const indicator = process.stderr.isTTY ? await makeSpinner(text) : makeLine(text)
  const timer = setTimeout(indicator.start, QUIET_MS)
  try {
    return await step()
  } finally {
    clearTimeout(timer)
    indicator.stop()
  }
}

interface Indicator {
  readonly start: () => void
  readonly stop: () => void
}

async function makeSpinner(text: string): Promise<Indicator> {
  const { default: yoctoSpinner } = await import('yocto-spinner')
  const spinner = yoctoSpinner({ text, stream: process.stderr })
  return { start: () => spinner.start(), stop: () => spinner.isSpinning && spinner.stop() }
}

function makeLine(text: string): Indicator {
  return { start: () => process.stderr.write(`${text} ...\n`), stop: () => undefined }
}
