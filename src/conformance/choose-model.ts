import { CreateError } from '../errors.ts'
import { type Answer, type Connection, makeClient, NoAnswer } from './client.ts'
import { Mismatch } from './mismatch.ts'
import { ModelList, readJson } from './protocol.ts'

/**
 * The model that is asked: the one that was named, else the only one that the server lists. Mistakes of whoever typed the
 * command end here; whatever else is wrong is a case's to say.
 * @throws CreateError `usage`.
 */
export async function chooseModel(connection: Connection, named: string | undefined): Promise<string> {
  const { status } = await ask(connection, '/v2')
  refuseStranger(status, connection)
  const listed = listModels(await ask(connection, '/v2/models'))
  if (named !== undefined && (listed === null || listed.includes(named))) {
    if (listed === null) await refuseUnknown(connection, named)
    return named
  }
  const [only, ...others] = listed ?? []
  if (named === undefined && only !== undefined && others.length === 0) return only
  if (status === 404 && listed === null && named === undefined) throw notServed(connection)
  const known = listed?.length ? `It has ${listed.join(', ')}: --model NAME.` : 'Say which with --model NAME.'
  const message = named === undefined ? 'Which model?' : `${connection.url} has no model "${named}"`
  throw new CreateError('usage', message, { hint: known })
}

async function ask(connection: Connection, path: string): Promise<Answer> {
  try {
    return await makeClient(connection).ask(path)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    throw new CreateError('usage', `No server answers at ${connection.url}: ${error.message}`, {
      cause: error,
      hint: 'The URL is what comes before /v2, such as http://127.0.0.1:8000.',
    })
  }
}

function notServed({ url }: Connection): CreateError {
  return new CreateError('usage', `${url} answers 404 to /v2: the Open Inference Protocol V2 is not served there`, {
    hint: 'Is all that comes before /v2 in the URL?',
  })
}

function refuseStranger(status: number, { url }: Connection): void {
  if (status !== 401 && status !== 403) return
  const hint = "Pass what it asks for, such as --header 'X-API-Key: ...'."
  throw new CreateError('usage', `${url} answers ${status}: it wants to know who asks`, { hint })
}

/** The protocol has no such list, so it may be missing. */
function listModels({ status, body }: Answer): readonly string[] | null {
  try {
    return status === 200 ? readJson(body, ModelList, 'a list of models').models : null
  } catch (error) {
    if (error instanceof Mismatch) return null
    throw error
  }
}

async function refuseUnknown(connection: Connection, name: string): Promise<void> {
  const { status } = await ask(connection, `/v2/models/${encodeURIComponent(name)}`)
  if (status !== 400 && status !== 404) return
  throw new CreateError('usage', `${connection.url} answers ${status} to /v2/models/${name}`, {
    hint: 'Is that the name of the model, and is all that comes before /v2 in the URL?',
  })
}
