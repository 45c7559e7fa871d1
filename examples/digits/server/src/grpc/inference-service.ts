import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { Call } from '../ml/call.ts'
import { Unavailable } from '../ml/errors.ts'
import { refuseUnknown } from '../routes/v2-model.ts'
import { acceptedInputs } from '../v2/inputs.ts'
import { modelMetadata, serverMetadata } from '../v2/metadata.ts'
import type { Methods, Rpc } from './methods.ts'
import { GRPCInferenceService } from './open_inference_pb.ts'
import { answersRaw, readTensors, wantedOutputs } from './request.ts'
import { writeOutputs } from './response.ts'

/** The methods of the Open Inference Protocol: what routes/v2.ts is over HTTP. */
export function addInferenceService(methods: Methods, app: FastifyInstance, config: Config): void {
  const { predictor, readiness } = app
  const { serverLive, serverReady, modelReady, ...inference } = GRPCInferenceService.method
  const metadata = describeModel()
  const accepted = acceptedInputs(contract)
  const callOf = callMaker(config)

  methods.unary(serverLive, () => ({ live: true }))
  methods.unary(serverReady, () => ({ ready: readiness.isReady() }))
  methods.unary(modelReady, ({ name, version }) => {
    assertModel(name, version)
    return { ready: readiness.isReady() }
  })
  methods.unary(inference.serverMetadata, () => serverMetadata(contract))
  methods.unary(inference.modelMetadata, ({ name, version }) => {
    assertModel(name, version)
    return metadata
  })
  methods.unary(inference.modelInfer, async (request, rpc) => {
    const call = callOf(rpc)
    assertModel(request.modelName, request.modelVersion)
    if (!readiness.isServing()) throw new Unavailable(`The model ${contract.name} is not ready yet.`)
    const tensors = readTensors(request, accepted)
    const wanted = wantedOutputs(request, contract.outputs)
    const outputs = await predictor.infer(tensors, wanted, call)
    const raw = answersRaw(request, wanted, contract.outputs)
    return { modelName: contract.name, id: request.id || rpc.id, ...writeOutputs(outputs, wanted, raw) }
  })
}

/** No version is the empty string here. Throws HttpError 404. */
function assertModel(model: string, version: string): void {
  const refusal = refuseUnknown({ model, ...(version !== '' && { version }) })
  if (refusal) throw refusal
}

/** Numbers of 64 bits are bigints. */
function describeModel() {
  const { name, platform, inputs, outputs } = modelMetadata(contract)
  const widen = (tensors: typeof inputs) => tensors.map((tensor) => ({ ...tensor, shape: tensor.shape.map(BigInt) }))
  return { name, platform, inputs: widen(inputs), outputs: widen(outputs) }
}

/** REQUEST_TIMEOUT_MS, or less by the deadline of the caller. */
function callMaker({ REQUEST_TIMEOUT_MS }: Config): (rpc: Rpc) => Call {
  const longest = REQUEST_TIMEOUT_MS || Number.POSITIVE_INFINITY
  return ({ id, call }) => {
    const timeoutMs = Math.min(longest, Number(call.getDeadline()) - Date.now())
    return new Call({ id, origin: call.metadata, timeoutMs, isGone: () => call.cancelled })
  }
}
