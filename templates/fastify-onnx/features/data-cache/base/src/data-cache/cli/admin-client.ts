import { readFile } from 'node:fs/promises'

/** The running server cannot be asked, or refuses: said without a stack, exit code 1. */
export class AdminError extends Error {}

/** Asks an admin route of the running server. Throws AdminError. */
export async function askServer(url: string, route: '/cache/warm' | '/cache/clear', body: object): Promise<unknown> {
  const address = `${url.replace(/\/$/, '')}${route}`
  const key = await readKey()
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...key },
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new AdminError(`${url} cannot be reached: is the server running? --url says where`, { cause })
  })
  if (answer.status === 404) {
    throw new AdminError(
      'the server has no admin routes: they are there only when API keys or JWT are on (API_KEYS_FILE, JWT_JWKS_FILE)',
    )
  }
  if (answer.status === 401) throw new AdminError('the server wants to know who asks: set API_KEY, or API_KEY_FILE')
  const text = await answer.text()
  if (!answer.ok) throw new AdminError(`the server answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

/** From the environment, not the command line, which everybody on the machine can read. */
async function readKey(): Promise<Record<string, string>> {
  const { API_KEY, API_KEY_FILE, API_TOKEN } = process.env
  if (API_TOKEN) return { authorization: `Bearer ${API_TOKEN}` }
  const key = API_KEY_FILE ? (await readFile(API_KEY_FILE, 'utf8')).trim() : API_KEY
  return key ? { 'x-api-key': key } : {}
}
