import { type Answer, type Client, type Connection, makeClient, NoAnswer } from './client.ts'
import { hasJson } from './datatypes.ts'
import { type Inferred, type OutputTensor, readInferred } from './infer-answer.ts'
import { type Draft, type DraftOptions, draftRequest, writeDraft } from './infer-request.ts'
import { Mismatch } from './mismatch.ts'
import { ModelMetadata, readJson, ServerMetadata } from './protocol.ts'
import { candidates } from './sample.ts'
import { findDifference, type Tensor } from './tensor.ts'

/** The server that is asked, and what it says of itself. */
export interface Subject {
  readonly client: Client
  readonly modelName: string
  /** `/v2/models/<name>`, encoded. */
  readonly modelPath: string
  readonly server: ServerMetadata | undefined
  readonly extensions: readonly string[]
  readonly model: ModelMetadata | undefined
  /** The first request that was answered as it should be; undefined: none was. */
  readonly answered: Answered | undefined
  /** Why `answered` is undefined. */
  readonly refusal: Mismatch | undefined
}

/** A request that works, and its answer: what most cases start from. */
export interface Answered {
  readonly client: Client
  readonly modelPath: string
  readonly model: ModelMetadata
  readonly tensors: readonly Tensor[]
  readonly outputs: readonly OutputTensor[]
  /** The model answers the same to the same, so that its answers can be compared. */
  readonly repeatable: boolean
}

export interface SubjectRequest {
  readonly connection: Connection
  readonly modelName: string
  /** The user's inputs; null: they are made from the metadata. */
  readonly tensors: readonly Tensor[] | null
}

/** Reads the metadata, and looks for data that the model takes. Throws NoAnswer when nothing listens there. */
export async function findSubject({ connection, modelName, tensors }: SubjectRequest): Promise<Subject> {
  const modelPath = `/v2/models/${encodeURIComponent(modelName)}`
  const get = (path: string) => makeClient(connection).ask(path)
  const server = readOr(await get('/v2'), (body) => readJson(body, ServerMetadata, 'the server metadata'))
  const model = readOr(await get(modelPath), (body) => readJson(body, ModelMetadata, 'the model metadata'))
  const extensions = server?.extensions ?? []
  const subject = { client: makeClient(connection), modelName, modelPath, server, extensions, model }
  if (model === undefined) {
    return { ...subject, answered: undefined, refusal: new Mismatch('model metadata', 'none (metadata/model)') }
  }
  return { ...subject, ...(await findAnswer(connection, { modelPath, model }, tensors)) }
}

/** What is wrong with the metadata is a case's to say. */
function readOr<T>({ status, body }: Answer, read: (body: Buffer) => T): T | undefined {
  try {
    return status === 200 ? read(body) : undefined
  } catch (error) {
    if (error instanceof Mismatch) return undefined
    throw error
  }
}

async function findAnswer(
  connection: Connection,
  { modelPath, model }: Pick<Answered, 'modelPath' | 'model'>,
  given: readonly Tensor[] | null,
): Promise<Pick<Subject, 'answered' | 'refusal'>> {
  let refusal: Mismatch | undefined
  for (const tensors of given ? [given] : candidates(model)) {
    const subject = { client: makeClient(connection), modelPath, model, tensors }
    try {
      const { outputs } = await infer(subject)
      const repeatable = isSame(outputs, (await infer(subject)).outputs)
      return { answered: { ...subject, outputs, repeatable }, refusal: undefined }
    } catch (error) {
      // Whoever leaves one request without an answer is not asked six times.
      if (error instanceof NoAnswer) return { answered: undefined, refusal: new Mismatch('an answer', error.message) }
      if (!(error instanceof Mismatch)) throw error
      refusal ??= error
    }
  }
  const hint = given || !refusal ? '' : ' to data made from the metadata; --input FILE gives others'
  return { answered: undefined, refusal: refusal && new Mismatch(refusal.expected, refusal.got + hint) }
}

function isSame(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.every((tensor, index) => {
    const other = b[index]
    return other !== undefined && findDifference(tensor, other) === undefined
  })
}

type Askable = Pick<Answered, 'client' | 'modelPath' | 'model' | 'tensors'>

/** The subject's request, in the form that needs no extension where that can be; some of it changed by `options`. */
export function draft({ model, tensors }: Omit<Askable, 'client' | 'modelPath'>, options: DraftOptions = {}): Draft {
  const needsBinary = model.outputs.some(({ datatype }) => !hasJson(datatype))
  const parameters = needsBinary ? { parameters: { binary_data_output: true } } : {}
  return draftRequest(tensors, { ...options, rest: { ...parameters, ...options.rest } })
}

/** POST infer; with a draft of its own, or the subject's request. */
export function post(
  { client, modelPath }: Pick<Askable, 'client' | 'modelPath'>,
  message: ReturnType<typeof writeDraft>,
) {
  return client.ask(`${modelPath}/infer`, message)
}

/** Asks, and reads an answer that must be right. Throws Mismatch. */
export async function infer(
  subject: Askable,
  asked: Draft = draft(subject),
  names?: readonly string[],
): Promise<Inferred> {
  return readInferred(await post(subject, writeDraft(asked)), subject.model, names)
}
