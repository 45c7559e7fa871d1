import { BINARY_SOURCE, binaryCase, type Case } from '../case.ts'
import { hasJson } from '../datatypes.ts'
import { expectOutputs, type Inferred, readInferred } from '../infer-answer.ts'
import { type DraftOptions, HEADER_LENGTH, writeDraft } from '../infer-request.ts'
import { Mismatch } from '../mismatch.ts'
import { type Answered, draft, post } from '../subject.ts'
import { mayBeAnyRank, toBytes } from '../tensor.ts'

const ALL = () => true
const AS_BINARY = { parameters: { binary_data_output: true } }
const AS_JSON = { parameters: { binary_data_output: false } }

/** The subject's request in this form; the answer must have its values. */
async function askAs(subject: Answered, options: DraftOptions, spaces = 0): Promise<Inferred> {
  const message = writeDraft(draft(subject, options), spaces)
  const got = readInferred(await post(subject, message), subject.model)
  if (subject.repeatable) expectOutputs(got, subject.outputs)
  return got
}

/** Each output in the form that was asked for. */
function expectForms({ outputs }: Inferred, isBinary: (name: string) => boolean): void {
  for (const { name, binary } of outputs) {
    const [expected, got] = [isBinary(name), binary].map((as) => `"${name}" as ${as ? 'binary' : 'JSON'}`)
    if (expected !== undefined && expected !== got) throw new Mismatch(expected, got ?? '')
  }
}

function outputsHaveJson({ model }: Answered): string | undefined {
  return model.outputs.every(({ datatype }) => hasJson(datatype)) ? undefined : 'an output has no JSON form'
}

function inputsHaveJson({ tensors }: Answered): string | undefined {
  return tensors.every(({ datatype }) => hasJson(datatype)) ? undefined : 'an input has no JSON form'
}

function hasInputs({ tensors }: Answered): string | undefined {
  return tensors.length > 0 ? undefined : 'the model has no inputs'
}

/** Without JSON, the shape is told from the number of bytes. */
function isOneInput({ model, tensors }: Answered): string | undefined {
  const [tensor, ...others] = tensors
  if (!tensor || others.length > 0) return 'the model has not exactly one input'
  const shape = model.inputs[0]?.shape ?? []
  if (mayBeAnyRank(shape)) return 'its rank may be any'
  const varying = shape.filter((size) => size === -1).length
  if (varying > 1) return 'more than one dimension varies'
  return tensor.datatype === 'BYTES' ? 'strings have a length each' : undefined
}

export const binary: readonly Case[] = [
  binaryCase({
    id: 'binary/both',
    title: 'Binary inputs, binary outputs',
    source: BINARY_SOURCE,
    run: async (subject) => expectForms(await askAs(subject, { binary: ALL, rest: AS_BINARY }), ALL),
  }),
  binaryCase({
    id: 'binary/inputs',
    title: 'Binary inputs, JSON outputs',
    source: BINARY_SOURCE,
    skip: (subject) => hasInputs(subject) ?? outputsHaveJson(subject),
    run: async (subject) => expectForms(await askAs(subject, { binary: ALL, rest: AS_JSON }), () => false),
  }),
  binaryCase({
    id: 'binary/outputs',
    title: 'JSON inputs, binary outputs',
    source: BINARY_SOURCE,
    skip: inputsHaveJson,
    run: async (subject) => expectForms(await askAs(subject, { rest: AS_BINARY }), ALL),
  }),
  binaryCase({
    id: 'binary/default',
    title: 'Outputs are JSON unless binary is asked for',
    source: BINARY_SOURCE,
    skip: outputsHaveJson,
    run: async (subject) => expectForms(await askAs(subject, { binary: ALL }), () => false),
  }),
  binaryCase({
    id: 'binary/one-output',
    title: 'binary_data of one output makes that one binary',
    source: BINARY_SOURCE,
    skip: outputsHaveJson,
    run: async (subject) => {
      const outputs = subject.model.outputs.map(({ name }, index) => ({
        name,
        parameters: { binary_data: index === 0 },
      }))
      expectForms(await askAs(subject, { rest: { outputs } }), (name) => name === outputs[0]?.name)
    },
  }),
  binaryCase({
    id: 'binary/precedence',
    title: 'binary_data of an output overrides binary_data_output of the request',
    source: BINARY_SOURCE,
    skip: outputsHaveJson,
    run: async (subject) => {
      const outputs = subject.model.outputs.map(({ name }) => ({ name, parameters: { binary_data: false } }))
      expectForms(await askAs(subject, { rest: { ...AS_BINARY, outputs } }), () => false)
    },
  }),
  binaryCase({
    id: 'binary/mixed',
    title: 'One input as JSON, the others as binary',
    source: BINARY_SOURCE,
    skip: ({ tensors }) =>
      tensors.filter(({ datatype }) => hasJson(datatype)).length > 1 ? undefined : 'no two inputs have a JSON form',
    run: async (subject) => {
      const last = subject.tensors.findLastIndex(({ datatype }) => hasJson(datatype))
      for (const alone of [0, last])
        await askAs(subject, { binary: (_tensor, index) => index !== alone, rest: AS_BINARY })
    },
  }),
  binaryCase({
    id: 'binary/order',
    title: 'Bytes come in the order in which the inputs are named',
    source: BINARY_SOURCE,
    skip: ({ tensors }) => (tensors.length > 1 ? undefined : 'the model has no two inputs'),
    run: async (subject) => {
      const tensors = subject.tensors.toReversed()
      await askAs({ ...subject, tensors }, { binary: ALL, rest: AS_BINARY })
    },
  }),
  binaryCase({
    id: 'binary/alignment',
    title: 'Bytes are read wherever in the body they begin',
    source: BINARY_SOURCE,
    skip: hasInputs,
    run: async (subject) => {
      for (const spaces of [0, 1, 2, 3, 4, 5, 6, 7]) await askAs(subject, { binary: ALL, rest: AS_BINARY }, spaces)
    },
  }),
  binaryCase({
    id: 'binary/content-type',
    title: 'No Content-Type of a binary request matters',
    level: 'recommended',
    source: "Triton's Python client sends none, others either of two",
    run: async (subject) => {
      const { body, headers } = writeDraft(draft(subject, { binary: ALL, rest: AS_BINARY }))
      const { 'content-type': _type, ...without } = headers ?? {}
      for (const type of [undefined, 'application/octet-stream', 'application/json']) {
        const given = type === undefined ? without : { ...without, 'content-type': type }
        readInferred(await post(subject, { method: 'POST', headers: given, body }), subject.model)
      }
    },
  }),
  binaryCase({
    id: 'binary/raw',
    title: 'A body without JSON is the one input (header length 0)',
    level: 'recommended',
    source: 'raw binary request (Triton)',
    skip: isOneInput,
    run: async (subject) => {
      const body = Buffer.concat(subject.tensors.map(toBytes))
      const headers = { [HEADER_LENGTH]: '0', 'content-type': 'application/octet-stream' }
      const got = readInferred(await post(subject, { method: 'POST', headers, body }), subject.model)
      if (subject.repeatable) expectOutputs(got, subject.outputs)
    },
  }),
]
