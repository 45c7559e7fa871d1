import { CreateError } from '../errors.ts'
import { type Answer, type Answerer, openAnswerer } from './answer.ts'
import { type Case, makeNumberCases } from './cases.ts'
import type { Engine } from './engine.ts'
import { imageCase, makeImageCases } from './image-cases.ts'
import { loadModule } from './modules.ts'
import type { BuiltServer } from './target.ts'

/** A case with the server's answer to it. */
export interface Asked extends Case {
  readonly answer: Answer
}

/**
 * The cases that a server itself has, with its answers: its sample, and edge cases made of that. A sample that was only derived
 * from the model's shapes and does not run is tried as zeros, as the server does when it starts; where that fails, too, there
 * are none, if there is other data. Throws CreateError.
 */
export async function askOwnCases(
  server: BuiltServer,
  engine: Engine,
  { isNeeded }: { readonly isNeeded: boolean },
): Promise<Asked[]> {
  const answerer = await openAnswerer(server, engine)
  const sample = await askSample(server, answerer).catch((error: unknown) => {
    if (isNeeded || answerer.contract.sample.given) throw error
    return null
  })
  if (sample === null) return []
  const made = await makeCases(server, answerer, sample)
  const asked: Asked[] = [sample]
  for (const one of made) {
    const answer = await answerer.answer(one.data).catch(() => null) // what the model refuses is no case
    if (answer) asked.push({ ...one, answer })
  }
  return asked
}

/** The same requests, of another model. Throws CreateError naming the request that it cannot answer. */
export async function askCases(server: BuiltServer, engine: Engine, cases: readonly Case[]): Promise<Asked[]> {
  const answerer = await openAnswerer(server, engine)
  const asked: Asked[] = []
  for (const { name, origin, data, image } of cases) {
    asked.push({ name, origin, data, image, answer: await answerer.answer(data).catch((cause) => refuse(name, cause)) })
  }
  return asked
}

function refuse(name: string, cause: unknown): never {
  const message = cause instanceof Error ? cause.message : String(cause)
  throw new CreateError('invalid', 'The server cannot answer a sample', {
    issues: [{ file: name, message }],
    hint: 'Remove the sample, or send it to POST /predict of the running server to see more.',
    cause,
  })
}

async function askSample(server: BuiltServer, { sample, contract, answer }: Answerer): Promise<Asked> {
  const one: Case = isEncoded(sample)
    ? { ...imageCase('sample', extensionOf(contract.sample.data), Buffer.from(sample.b64, 'base64')), origin: 'sample' }
    : { name: 'sample', origin: 'sample', data: sample, image: null }
  try {
    return { ...one, answer: await answer(one.data) }
  } catch (cause) {
    const { zerosLike } = await loadModule(server, 'transforms/sample.js')
    const zeros = contract.sample.given ? null : zerosLike(sample)
    const answered = zeros === null ? null : await answer(zeros).catch(() => null)
    if (answered) return { ...one, data: zeros, answer: answered }
    throw sampleFails(cause)
  }
}

function sampleFails(cause: unknown): CreateError {
  return new CreateError('invalid', "The server's sample does not run, so there is nothing to compare a device with", {
    issues: [
      { file: 'vars.yaml', path: 'data_sample', message: cause instanceof Error ? cause.message : String(cause) },
    ],
    hint: 'Give a real sample in vars.yaml (data_sample, or sample of each input), generate again and build.',
    cause,
  })
}

async function makeCases(server: BuiltServer, { contract }: Answerer, { data, image }: Asked): Promise<Case[]> {
  const { preprocess } = contract
  if (preprocess.kind === 'image' && image) return makeImageCases(server, preprocess, image.bytes)
  return makeNumberCases(contract, data)
}

function isEncoded(sample: unknown): sample is { readonly b64: string } {
  return typeof Object(sample).b64 === 'string'
}

/** Of `{image: "digit.png"}`; a name that does not say is no matter: decoders look at the bytes. */
function extensionOf(data: unknown): string {
  return /\.(\w+)$/.exec(String(Object(data).image))?.[1]?.toLowerCase() ?? 'png'
}
