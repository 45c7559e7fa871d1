import {
  at,
  type FaultCase,
  inAnswers,
  inJsonAt,
  inOutputs,
  inRequests,
  isInfer,
  parse,
  REFUSED,
  refuseJson,
  versioned,
} from './fault-kinds.ts'
import { type Answered, type Fault, reply, withHeaders } from './wrong-server.ts'

const unready = (answered: Answered) => ({ ...answered, status: 503 })

/** Of those at the same time, each gets the answer of the first. */
function mixing(): Fault {
  let first: Answered | undefined
  return {
    answer: (answered, asked) => {
      if (!isInfer(asked) || !/^request/.test(parse(asked).id)) return answered
      first ??= answered
      return first
    },
  }
}

const PROBES: readonly FaultCase[] = [
  ...['live', 'ready'].map((probe) => ({
    name: `${probe} answers 503`,
    fault: at(`/v2/health/${probe}`, unready),
    fails: [`health/${probe}`, `health/${probe}-body`],
    only: true,
  })),
  {
    name: 'the model is never ready',
    fault: at('/v2/models/iris/ready', unready),
    fails: ['health/model-ready', 'health/model-ready-body'],
    only: true,
  },
  {
    name: 'health without a body, as Triton has it',
    fault: {
      answer: (answered, { path }) => (/live|ready/.test(path) ? { ...answered, body: Buffer.alloc(0) } : answered),
    },
    fails: ['health/live-body', 'health/ready-body', 'health/model-ready-body'],
    only: true,
  },
  {
    name: 'ready says "live", as the document has it by mistake',
    fault: inJsonAt('/v2/health/ready', () => ({ live: true })),
    fails: ['health/ready-body'],
    only: true,
  },
]

const METADATA: readonly FaultCase[] = [
  {
    name: 'server metadata without extensions',
    fault: inJsonAt('/v2', ({ name, version }) => ({ name, version })),
    fails: ['metadata/server'],
    only: true,
  },
  {
    name: 'a model under another name',
    fault: inJsonAt('/v2/models/iris', (json) => ({ ...json, name: 'rose' })),
    fails: ['metadata/model', 'infer/answers'],
  },
  {
    name: 'a datatype that does not exist',
    fault: inJsonAt('/v2/models/iris', (json) => ({ ...json, inputs: [{ ...json.inputs[0], datatype: 'float' }] })),
    fails: ['metadata/model'],
    only: true,
  },
  {
    name: 'one output listed twice',
    fault: inJsonAt('/v2/models/iris', (json) => ({ ...json, outputs: [...json.outputs, json.outputs[0]] })),
    fails: ['metadata/tensor-names', 'infer/answers'],
    only: true,
  },
  {
    name: 'no list of models',
    fault: { instead: ({ path }) => (path === '/v2/models' ? reply(404, { error: 'no' }) : undefined) },
    fails: ['metadata/models'],
    only: true,
  },
  {
    name: 'metadata as text',
    fault: at('/v2/models/iris', (answered) => withHeaders(answered, { 'content-type': 'text/plain' })),
    fails: ['metadata/content-type'],
    only: true,
  },
  { name: 'versions, which are no fault', fault: versioned(), fails: [], only: true },
  {
    name: 'a version that is listed and not there',
    fault: versioned((answered, { path }) => (path.endsWith('/versions/1') ? REFUSED : answered)),
    fails: ['metadata/version'],
    only: true,
  },
  {
    name: 'a version that cannot be asked',
    fault: versioned((answered, { path }) => (path.endsWith('/versions/1/infer') ? REFUSED : answered)),
    fails: ['infer/version'],
    only: true,
  },
]

const onlyAnswers = { fails: ['infer/answers'], only: true }

const ANSWERS: readonly FaultCase[] = [
  {
    name: 'infer fails',
    fault: { instead: (asked) => (isInfer(asked) ? reply(500, '') : undefined) },
    fails: ['infer/answers'],
  },
  {
    name: 'infer is silent',
    fault: { instead: (asked) => (isInfer(asked) ? 'silence' : undefined) },
    fails: ['infer/answers', 'errors/unknown-model-infer', 'errors/content-type'],
    only: true,
    timeout: 2000,
  },
  { name: 'no model_name', fault: inAnswers(({ id, outputs }) => ({ id, outputs })), ...onlyAnswers },
  { name: 'another model_name', fault: inAnswers((json) => ({ ...json, model_name: 'rose' })), ...onlyAnswers },
  {
    name: 'an output is missing',
    fault: inAnswers((json) => ({ ...json, outputs: json.outputs.slice(1) })),
    ...onlyAnswers,
  },
  { name: 'another datatype', fault: inOutputs((output) => ({ ...output, datatype: 'FP64' })), ...onlyAnswers },
  { name: 'another shape', fault: inOutputs((output) => ({ ...output, shape: [7, 7, 7] })), ...onlyAnswers },
  { name: 'data that are too short', fault: inOutputs((output) => ({ ...output, data: [] })), ...onlyAnswers },
  { name: 'numbers as words', fault: inOutputs((output) => ({ ...output, data: ['one'] })), ...onlyAnswers },
  {
    name: 'no nested data',
    fault: refuseJson(({ inputs }) => Array.isArray(inputs?.[0]?.data?.[0])),
    fails: ['infer/nested'],
    only: true,
  },
  {
    name: 'an id of its own',
    fault: inAnswers((json) => ({ ...json, id: 'mine' })),
    fails: ['infer/id', 'infer/concurrent'],
    only: true,
  },
  {
    name: 'inputs by position',
    model: 'two_inputs',
    fault: refuseJson(({ inputs }) => inputs?.[0]?.name === 'ids'),
    fails: ['infer/input-order', 'binary/order'],
    only: true,
  },
  {
    name: 'always all outputs',
    fault: inRequests(({ outputs: _outputs, ...json }) => json),
    fails: [
      'infer/requested-output',
      'infer/output-order',
      'binary/one-output',
      'binary/precedence',
      'errors/unknown-output',
      'errors/output-twice',
    ],
    only: true,
  },
  {
    name: 'outputs in the order of the model',
    fault: inAnswers((json) => ({
      ...json,
      outputs: json.outputs.toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)),
    })),
    fails: ['infer/output-order'],
  },
  {
    name: 'no parameters but its own',
    fault: refuseJson(({ parameters }) => 'x-count' in Object(parameters)),
    fails: ['infer/parameters'],
    only: true,
  },
  {
    name: 'every row is answered as the first',
    fault: inOutputs((output) => {
      const [rows = 1] = output.shape
      const row = output.data?.slice(0, output.data.length / rows)
      return row ? { ...output, data: Array(rows).fill(row).flat() } : output
    }),
    fails: ['infer/rows'],
    only: true,
  },
  { name: 'answers are mixed up', fault: mixing(), fails: ['infer/concurrent'], only: true },
]

export const FAULTS: readonly FaultCase[] = [...PROBES, ...METADATA, ...ANSWERS]
