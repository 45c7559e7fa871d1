import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { contract } from '../src/contract.ts'
import { sampleRuns, startServer } from './server.ts'
import { binaryInputs, bytesOf, INFER, postBinary, sampleTensors } from './v2-client.ts'

const app = await startServer()
after(() => app.close())
const limit = app.initialConfig.bodyLimit ?? 0
const tensors = await sampleTensors(app)
const inputs = binaryInputs(tensors)
const parts = Object.values(tensors).map(bytesOf)
const size = Buffer.concat(parts).length
const parameters = { binary_data_output: true }
const body = { inputs, parameters }
const [first] = inputs
const rank = Object.values(tensors)[0]?.shape.length ?? 0

/** The sample as JSON with binary tensors, its first input changed. */
function changed(change: object): InjectOptions {
  return infer({ ...body, inputs: [{ ...first, ...change }, ...inputs.slice(1)] })
}

function infer(
  json: unknown,
  behind: readonly Buffer[] = parts,
  headers: Readonly<Record<string, string>> = {},
): InjectOptions {
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  const given = { 'inference-header-content-length': String(text.length), ...headers }
  return { method: 'POST', url: INFER, headers: given, payload: Buffer.concat([text, ...behind]) }
}

function nested(depth: number): string {
  return `{"inputs": [], "x": ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
}

type Case = readonly [name: string, request: InjectOptions, status: number, error: RegExp]

const cases: readonly Case[] = [
  ['no body', { method: 'POST', url: INFER }, 400, /empty/],
  ['an empty body', infer('', []), 400, /./],
  ['a body that is not JSON', infer('{"inputs": [', []), 400, /not valid JSON/],
  [
    'JSON that is not UTF-8',
    infer('', [Buffer.from([0x22, 0xff, 0x22])], { 'inference-header-content-length': '3' }),
    400,
    /UTF-8/,
  ],
  ['JSON that is no object', infer('null', []), 400, /object/],
  ['JSON deeper than 100', infer(nested(101), []), 400, /deeper than 100/],
  [
    'JSON that is as deep as it is long',
    infer('['.repeat(limit / 2) + ']'.repeat(limit / 2), []),
    400,
    /deeper than 100/,
  ],
  ['no inputs', infer({ parameters }, []), 400, /inputs/],
  ['inputs that are no list', infer({ inputs: {} }, []), 400, /\/inputs/],
  ['an id that is no string', infer({ ...body, id: 7 }), 400, /\/id/],
  ['a parameter that is an object', infer({ ...body, parameters: { a: {} } }), 400, /\/parameters\/a/],
  [
    'an input that the model has not',
    infer({ ...body, inputs: [...inputs, { name: 'nothing', shape: [1], datatype: 'FP32' }] }),
    400,
    /nothing/,
  ],
  [
    'a header length beyond the body',
    infer(body, parts, { 'inference-header-content-length': '99999999' }),
    400,
    /99999999/,
  ],
  ['a header length below zero', infer(body, parts, { 'inference-header-content-length': '-1' }), 400, /-1/],
  ['a header length that is no number', infer(body, parts, { 'inference-header-content-length': '1e1' }), 400, /1e1/],
  [
    'a header length within the JSON',
    infer(body, parts, { 'inference-header-content-length': '5' }),
    400,
    /not valid JSON/,
  ],
  ['a byte too many', infer(body, [...parts, Buffer.alloc(1)]), 400, new RegExp(`${size + 1} bytes.*${size}`)],
  ['an output that the model has not', infer({ ...body, outputs: [{ name: 'nothing' }] }), 400, /nothing/],
  [
    'an output asked for twice',
    infer({ ...body, outputs: Array(2).fill({ name: contract.outputs[0]?.name }) }),
    400,
    /twice/,
  ],
  [
    'binary_data that is neither true nor false',
    infer({ ...body, outputs: [{ name: contract.outputs[0]?.name, parameters: { binary_data: 1 } }] }),
    400,
    /true or false/,
  ],
  [
    'binary_data_output that is a string',
    infer({ ...body, parameters: { binary_data_output: 'true' } }),
    400,
    /true or false/,
  ],
  [
    "Triton's classification extension",
    infer({ ...body, outputs: [{ name: contract.outputs[0]?.name, parameters: { classification: 3 } }] }),
    400,
    /not supported/,
  ],
  ['a body beyond the limit', infer(body, [Buffer.alloc(limit)]), 413, /large/],
  [
    'a body that is small only as long as it is packed',
    { ...infer(''), headers: { 'content-encoding': 'gzip' }, payload: gzipSync(Buffer.alloc(limit + 1)) },
    413,
    /large/,
  ],
  ['a form', infer(body, parts, { 'content-type': 'application/x-www-form-urlencoded' }), 415, /x-www-form/],
  [
    'JSON in another charset',
    infer(body, parts, { 'content-type': 'application/json; charset=latin1' }),
    415,
    /latin1/,
  ],
  ['an encoding that it does not know', infer(body, parts, { 'content-encoding': 'br' }), 415, /br/],
  ['an unknown model', { ...infer(body), url: '/v2/models/nothing/infer' }, 404, /nothing/],
  ['an unknown version', { method: 'GET', url: `/v2/models/${contract.name}/versions/7` }, 404, /no versions/],
  ['an unknown path', { method: 'GET', url: '/v2/nothing' }, 404, /\/v2\/nothing/],
  ['a broken path', { method: 'GET', url: '/v2/%zz' }, 400, /%zz/],
  ['a GET of infer', { method: 'GET', url: INFER }, 405, /only POST/],
]

const casesOfAnInput: readonly Case[] = [
  ['a missing input', infer({ ...body, inputs: inputs.slice(1) }, parts.slice(1)), 400, /missing/],
  ['an input given twice', infer({ ...body, inputs: [...inputs, first] }), 400, /twice/],
  ['a wrong datatype', changed({ datatype: 'FP8' }), 400, /"FP8"/],
  ['a negative size', changed({ shape: [-1, -1] }), 400, />= 0/],
  ['a size that is no whole number', changed({ shape: [1.5] }), 400, /integer/],
  ['so many elements that their number overflows', changed({ shape: [16, 2 ** 60 + 2] }), 400, /<= 9007199254740991/],
  ['so many elements that their number is inexact', changed({ shape: [2 ** 40, 2 ** 40] }), 400, /too many/],
  ['more dimensions than a tensor has', changed({ shape: Array(1000).fill(1) }), 400, /more than 32/],
  ['neither data nor bytes', infer({ inputs: [{ ...first, parameters: {} }, ...inputs.slice(1)] }), 400, /./],
  ['data and bytes', changed({ data: [1] }), 400, /not both/],
  ['more bytes than there are', changed({ parameters: { binary_data_size: size + 1 } }), 400, /announced/],
  ['a number of bytes below zero', changed({ parameters: { binary_data_size: -1 } }), 400, /binary_data_size/],
  ['a number of bytes that is a string', changed({ parameters: { binary_data_size: '4' } }), 400, /binary_data_size/],
]

/** A model that declares no rank takes any. */
const casesOfAShape: readonly Case[] = [
  ['another rank', changed({ shape: Array(rank + 1).fill(1) }), 400, /got \[1/],
  ['no dimension, or one too many', changed({ shape: rank === 0 ? [1] : [] }), 400, /got \[/],
]

const noRows = inputs.map((input) => ({ ...input, shape: [0, ...[input.shape].flat().slice(1)] }))
const casesOfRows: readonly Case[] = [
  [
    'no row where rows are expected',
    infer({ ...body, inputs: noRows.map((input) => ({ ...input, parameters: { binary_data_size: 0 } })) }, []),
    400,
    /at least one row/,
  ],
]

for (const [name, request, status, error] of [
  ...cases,
  ...(first ? casesOfAnInput : []),
  ...(contract.inputs[0]?.shape ? casesOfAShape : []),
  ...(contract.rows && first ? casesOfRows : []),
]) {
  test(`${name} is answered with ${status}`, async () => {
    const response = await app.inject(request)
    assert.equal(response.statusCode, status, response.body)
    assert.equal(response.headers['content-type'], 'application/json')
    assert.deepEqual(Object.keys(response.json()), ['error'])
    assert.match(response.json().error, error)
    assert.match(String(response.headers['x-request-id']), /^[0-9a-f-]{36}$/)
    assert.equal(response.headers.allow, status === 405 ? 'POST' : undefined)
  })
}

test('after all of this, it answers', async (t) => {
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  assert.equal((await postBinary(app, body, parts)).statusCode, 200)
})

test('a body of exactly the limit is read, one of a byte more is not', async (t) => {
  const length = Buffer.byteLength(JSON.stringify(body)) + size
  const small = await startServer({ BODY_LIMIT: String(length) })
  t.after(() => small.close())
  assert.notEqual((await small.inject(infer(body))).statusCode, 413)
  assert.equal((await small.inject(infer(body, [...parts, Buffer.alloc(1)]))).statusCode, 413)
})
