import { CreateError } from '../../src/errors.ts'

/** What a function throws at a user, as one text: `code: message`, then a line per finding, then the hint. */
export async function errorOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof CreateError) return describe(error)
    throw error
  }
  throw new Error('expected a CreateError')
}

function describe({ code, message, issues, hint }: CreateError): string {
  const lines = issues.map(({ file, line, col, path, message: what }) => {
    const place = [file, line, col].filter((part) => part !== undefined).join(':')
    return `  ${[place, path, what].filter(Boolean).join(' | ')}`
  })
  return [`${code}: ${message}`, ...lines, ...(hint === undefined ? [] : [`  > ${hint}`])].join('\n')
}
