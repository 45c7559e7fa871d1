import { type Case, inferCase, protocol, serverCase } from '../case.ts'
import { hasJson } from '../datatypes.ts'
import { expectOutputs, type Inferred } from '../infer-answer.ts'
import { Mismatch } from '../mismatch.ts'
import { type Answered, draft, infer } from '../subject.ts'
import { concatRows, reverse, type Tensor } from '../tensor.ts'

const REQUEST = protocol('Inference Request JSON Object')
const RESPONSE = protocol('Inference Response JSON Object')

/** Compares values only where the model answers the same to the same. */
function expectSame(subject: Answered, got: Inferred, expected: readonly Tensor[] = subject.outputs): void {
  if (subject.repeatable) expectOutputs(got, expected)
}

function expectId({ id }: Inferred, expected: string): void {
  if (id !== expected) throw new Mismatch(`id "${expected}"`, id === undefined ? 'none' : `"${id}"`)
}

function hasJsonInput({ tensors }: Answered): string | undefined {
  return tensors.some(({ datatype }) => hasJson(datatype)) ? undefined : 'no input has a datatype with a JSON form'
}

export const inferring: readonly Case[] = [
  serverCase({
    id: 'infer/answers',
    title: 'A request is answered with all outputs, as the metadata describe them',
    source: RESPONSE,
    skip: ({ model }) => (model ? undefined : 'the model metadata cannot be read (metadata/model)'),
    run: async ({ refusal, answered }) => {
      if (refusal) throw refusal
      // Where an output has no JSON form, binary is asked for.
      const outputs = answered?.outputs.every(({ datatype }) => hasJson(datatype)) ? answered.outputs : []
      const unasked = outputs.find(({ binary }) => binary)
      if (unasked) throw new Mismatch(`"${unasked.name}" as JSON`, 'binary, which was not asked for')
    },
  }),
  inferCase({
    id: 'infer/nested',
    title: 'Nested data are the same as flat data',
    source: protocol('Tensor Data'),
    skip: hasJsonInput,
    run: async (subject) => expectSame(subject, await infer(subject, draft(subject, { nested: true }))),
  }),
  inferCase({
    id: 'infer/id',
    title: 'The id of the request comes back',
    source: REQUEST,
    run: async (subject) => {
      for (const id of ['42', 'a/b "ü"']) expectId(await infer(subject, draft(subject, { rest: { id } })), id)
    },
  }),
  inferCase({
    id: 'infer/input-order',
    title: 'Inputs go by name, whatever their order',
    source: REQUEST,
    skip: ({ tensors }) => (tensors.length > 1 ? undefined : 'the model has no two inputs'),
    run: async (subject) => {
      expectSame(subject, await infer({ ...subject, tensors: subject.tensors.toReversed() }))
    },
  }),
  inferCase({
    id: 'infer/requested-output',
    title: 'Only the output that is asked for is answered',
    source: REQUEST,
    skip: ({ model }) => (model.outputs.length > 0 ? undefined : 'the model has no output'),
    run: async (subject) => {
      for (const { name } of subject.model.outputs) {
        await infer(subject, draft(subject, { rest: { outputs: [{ name }] } }), [name])
      }
    },
  }),
  inferCase({
    id: 'infer/output-order',
    title: 'Outputs come in the order in which they are asked for',
    level: 'recommended',
    source: protocol('Request Output'),
    skip: ({ model }) => (model.outputs.length > 1 ? undefined : 'the model has no two outputs'),
    run: async (subject) => {
      const names = subject.model.outputs.map(({ name }) => name).reverse()
      const { outputs } = await infer(subject, draft(subject, { rest: { outputs: names.map((name) => ({ name })) } }))
      const got = outputs.map(({ name }) => name)
      if (got.join() !== names.join()) throw new Mismatch(names.join(', '), got.join(', '))
    },
  }),
  inferCase({
    id: 'infer/parameters',
    title: 'Parameters that the server does not know are no error',
    level: 'recommended',
    source: protocol('Parameters'),
    run: async (subject) => {
      const { rest } = draft(subject)
      const parameters = { ...Object(rest.parameters), 'x-note': 'a', 'x-count': 1, 'x-flag': true }
      expectSame(subject, await infer(subject, draft(subject, { rest: { parameters } })))
    },
  }),
  inferCase({
    id: 'infer/version',
    title: 'Infer under the path of a listed version',
    source: protocol('Inference'),
    skip: ({ model }) => (model.versions?.length ? undefined : 'the metadata list no versions'),
    run: async (subject) => {
      for (const version of subject.model.versions ?? []) {
        const modelPath = `${subject.modelPath}/versions/${encodeURIComponent(version)}`
        await infer({ ...subject, modelPath })
      }
    },
  }),
  inferCase({
    id: 'infer/rows',
    title: 'Rows together are answered as each alone',
    level: 'recommended',
    source: `${protocol('Request Input')}; some models relate their rows`,
    skip: haveNoRows,
    run: async (subject) => {
      const other = await reversed(subject)
      const together = subject.tensors.map((tensor, index) => concatRows(tensor, other.tensors[index] ?? tensor))
      const expected = subject.outputs.map((output) => {
        const more = other.outputs.find(({ name }) => name === output.name)
        return concatRows(output, more ?? output)
      })
      expectSame(subject, await infer({ ...subject, tensors: together }), expected)
    },
  }),
  inferCase({
    id: 'infer/concurrent',
    title: 'Requests at the same time get each their own id and values',
    source: REQUEST,
    run: async (subject) => {
      const asked = [subject, await reversed(subject)]
      const answers = Array.from({ length: 16 }, async (_, index) => {
        const one = asked[index % 2] ?? subject
        const got = await infer(one, draft(one, { rest: { id: `request ${index}` } }))
        expectId(got, `request ${index}`)
        expectSame(one, got)
      })
      await Promise.all(answers)
    },
  }),
]

/** The same request with its elements the other way round and the answer to it; itself, when the model does not take it. */
async function reversed(subject: Answered): Promise<Answered> {
  const other = { ...subject, tensors: subject.tensors.map(reverse) }
  try {
    return { ...other, outputs: (await infer(other)).outputs }
  } catch (error) {
    if (error instanceof Mismatch) return subject
    throw error
  }
}

function haveNoRows({ model, tensors }: Answered): string | undefined {
  const ports: readonly Pick<Tensor, 'shape'>[] = [...model.inputs, ...model.outputs]
  const varies = tensors.length > 0 && ports.every(({ shape }) => shape[0] === -1)
  return varies ? undefined : 'not every input and output has a leading dimension that varies'
}
