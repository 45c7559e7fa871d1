import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import { Unavailable } from '../ml/errors.ts'
import { HttpError } from '../plugins/problem.ts'
import { v2BodyPlugin } from '../plugins/v2-body.ts'
import { acceptedInputs, readInputs } from '../v2/inputs.ts'
import { modelMetadata } from '../v2/metadata.ts'
import { readOutputs } from '../v2/outputs.ts'
import { writeResponse } from '../v2/response.ts'
import { INFER_REQUEST, INFER_RESPONSE, type InferRequest } from '../v2/schema.ts'

const NO_BYTES = Buffer.alloc(0)
const BYTES = 'application/octet-stream'

/** One model, as the protocol has it: under the name of the contract, and without versions. */
export async function v2ModelRoutes(app: FastifyInstance): Promise<void> {
  const { predictor, readiness } = app
  const { name, outputs: specs } = contract
  const tags = ['v2']
  const metadata = modelMetadata(contract)
  const accepted = acceptedInputs(contract)

  app.addHook<{ Params: ModelParams }>('onRequest', ({ params }, _reply, done) => done(refuseUnknown(params)))
  await app.register(v2BodyPlugin)

  app.get('', { schema: { tags } }, async () => metadata)
  app.get('/ready', { schema: { tags } }, async (_request, reply) => {
    const ready = readiness.isReady()
    return reply.code(ready ? 200 : 503).send({ name, ready })
  })

  const schema = { tags, consumes: ['application/json', BYTES], body: INFER_REQUEST, response: { 200: INFER_RESPONSE } }
  app.post<{ Body: InferRequest }>('/infer', { schema }, async (request, reply) => {
    const { body, binary, id } = request
    if (!readiness.isServing()) throw new Unavailable(`The model ${name} is not ready yet.`)
    const tensors = readInputs(body.inputs, binary ?? NO_BYTES, accepted)
    const wanted = readOutputs(body, specs)
    const names = wanted.map((output) => output.name)
    const outputs = await predictor.infer(tensors, names, app.callOf(request, reply))
    const answer = writeResponse({ model: name, id: body.id ?? id, outputs, wanted })
    if (answer.headerLength === undefined) return reply.type('application/json').send(answer.body)
    return reply.type(BYTES).header('inference-header-content-length', answer.headerLength).send(answer.body)
  })
}

interface ModelParams {
  readonly model: string
  readonly version?: string
}

/** undefined: it is the one. */
export function refuseUnknown({ model, version }: ModelParams): HttpError | undefined {
  const { name } = contract
  if (model !== name) return new HttpError(404, `There is no model ${JSON.stringify(model)} here, only "${name}".`)
  return version === undefined ? undefined : new HttpError(404, `The model "${name}" has no versions: leave them out.`)
}
