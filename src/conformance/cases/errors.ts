import { type BadRequest, changeFirst, refusalCase } from '../bad-request.ts'
import { type Case, protocol, serverCase } from '../case.ts'
import type { Message } from '../client.ts'
import { expectContentType, expectRefusal, expectStatus } from '../expect.ts'
import { writeBody } from '../infer-request.ts'
import { Mismatch } from '../mismatch.ts'
import type { Subject } from '../subject.ts'

const REQUEST = protocol('Inference Request JSON Object')
const UNKNOWN = 'no-such-tensor'

/** Bodies that are no infer request at all. */
const BODIES: readonly BadRequest[] = [
  { id: 'errors/empty-body', title: 'an empty body', source: REQUEST, make: () => '' },
  { id: 'errors/not-json', title: 'a body that is not JSON', source: REQUEST, make: () => '{"inputs": [' },
  { id: 'errors/not-object', title: 'JSON that is no object', source: REQUEST, make: () => '[]' },
  { id: 'errors/no-inputs', title: 'no inputs', source: REQUEST, make: (_subject, { rest }) => JSON.stringify(rest) },
  { id: 'errors/inputs-no-list', title: 'inputs that are no list', source: REQUEST, make: () => '{"inputs": {}}' },
  {
    id: 'errors/invalid-utf8',
    title: 'JSON that is not valid UTF-8',
    level: 'recommended',
    source: 'RFC 8259, Character Encoding',
    make: () => ({ ...writeBody(''), body: Buffer.from('{"inputs": [], "id": "\xff"}', 'latin1') }),
  },
  {
    id: 'errors/id-no-string',
    title: 'an id that is no string',
    level: 'recommended',
    source: REQUEST,
    make: (_subject, right) => ({ ...right, rest: { ...right.rest, id: 7 } }),
  },
  {
    id: 'errors/parameter-object',
    title: 'a parameter that is an object',
    level: 'recommended',
    source: protocol('Parameters'),
    make: (_subject, right) => ({ ...right, rest: { ...right.rest, parameters: { 'x-note': {} } } }),
  },
]

/** Names that do not fit the model. */
const NAMES: readonly BadRequest[] = [
  {
    id: 'errors/missing-input',
    title: 'an input is missing',
    source: REQUEST,
    make: (_subject, right) => (right.inputs.length > 0 ? { ...right, inputs: right.inputs.slice(1) } : undefined),
  },
  {
    id: 'errors/unknown-input',
    title: 'an input that the model has not, beside the others',
    source: REQUEST,
    make: (_subject, right) => {
      const json = { name: UNKNOWN, datatype: 'FP32', shape: [1], data: [1] }
      return { ...right, inputs: [...right.inputs, { json }] }
    },
  },
  {
    id: 'errors/input-twice',
    title: 'an input given twice',
    level: 'recommended',
    source: REQUEST,
    make: (_subject, right) => {
      const [first] = right.inputs
      return first && { ...right, inputs: [...right.inputs, first] }
    },
  },
  {
    id: 'errors/no-name',
    title: 'an input without a name',
    source: protocol('Request Input'),
    make: (subject, right) => changeFirst(subject, right, () => ({ name: undefined })),
  },
  {
    id: 'errors/unknown-output',
    title: 'an output that the model has not',
    source: protocol('Request Output'),
    make: (_subject, right) => ({ ...right, rest: { ...right.rest, outputs: [{ name: UNKNOWN }] } }),
  },
  {
    id: 'errors/output-twice',
    title: 'an output asked for twice',
    level: 'recommended',
    source: protocol('Request Output'),
    lacks: 'the model has no output',
    make: ({ model }, right) => {
      const name = model.outputs[0]?.name
      return name === undefined ? undefined : { ...right, rest: { ...right.rest, outputs: [{ name }, { name }] } }
    },
  },
]

/** Paths that are not there, of a kind each. */
const PATHS: readonly (Pick<Case, 'id' | 'title'> & { path: (subject: Subject) => string; message?: Message })[] = [
  {
    id: 'errors/unknown-model',
    title: 'metadata of a model that is not there',
    path: () => '/v2/models/no-such-model',
  },
  {
    id: 'errors/unknown-model-infer',
    title: 'infer of a model that is not there',
    path: () => '/v2/models/no-such-model/infer',
    message: writeBody('{"inputs": []}'),
  },
  {
    id: 'errors/unknown-version',
    title: 'metadata of a version that is not there',
    path: ({ modelPath }) => `${modelPath}/versions/987654321`,
  },
]

const paths = PATHS.map(({ path, message, id, title }) =>
  serverCase({
    id,
    title: `Refused: ${title}`,
    source: protocol('Model Metadata Response JSON Error Object'),
    run: async (subject) => expectRefusal(await subject.client.ask(path(subject), message)),
  }),
)

const manners: readonly Case[] = [
  serverCase({
    id: 'errors/not-found',
    title: 'What is not there is 404',
    level: 'recommended',
    source: 'RFC 9110, 404 Not Found',
    run: async ({ client }) => {
      for (const path of ['/v2/models/no-such-model', '/v2/no-such-path']) expectStatus(await client.ask(path), 404)
    },
  }),
  serverCase({
    id: 'errors/method',
    title: 'GET of infer is 405 and says what is allowed',
    level: 'recommended',
    source: 'RFC 9110, 405 Method Not Allowed',
    run: async ({ client, modelPath }) => {
      const answer = await client.ask(`${modelPath}/infer`)
      expectStatus(answer, 405)
      if (!answer.headers.allow?.includes('POST')) throw new Mismatch('Allow: POST', answer.headers.allow ?? 'no Allow')
    },
  }),
  serverCase({
    id: 'errors/content-type',
    title: 'An error is application/json and nothing else',
    level: 'recommended',
    source: "KServe's Python client loses the text otherwise",
    run: async ({ client, modelPath }) => {
      expectContentType(await client.ask(`${modelPath}/infer`, writeBody('{}')), 'application/json')
    },
  }),
]

export const errors: readonly Case[] = [
  ...paths,
  ...[...BODIES, ...NAMES].map((bad) => refusalCase({ ...bad, title: `Refused: ${bad.title}` })),
  ...manners,
]
