import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, type RunningServer, runServer } from '../../scripts/run-server.ts'
import { runCli } from '../helpers/cli.ts'
import { makeFolder } from '../helpers/folder.ts'
import { inAnswers, inJsonAt, inRefusals } from './fault-kinds.ts'
import { buildServer } from './servers.ts'
import { type Fault, reply, startWrongServer } from './wrong-server.ts'

let right: RunningServer
beforeAll(async () => {
  right = await runServer(await buildServer('iris'), { GRPC_PORT: String(await freePort()) })
})
afterAll(() => right.stop())

async function conformance(fault: Fault, ...args: string[]) {
  const url = await startWrongServer(right.url, fault)
  const result = await runCli(makeFolder(), ['conformance', url, ...args])
  return { ...result, stdout: result.stdout.replaceAll(url, 'URL'), stderr: result.stderr.replaceAll(url, 'URL') }
}

describe('the scorecard', () => {
  test('says what failed, what was expected, what came and where it is written, and the counts last', async () => {
    const fault = inAnswers((json) => ({ ...json, id: 'mine' }))
    const { code, stdout } = await conformance(fault)
    expect(code).toBe(1)
    expect(stdout).toContain('\n  ✔ health         6 passed\n')
    expect(stdout).toContain('\n  ✖ infer          6 passed, 2 failed, 2 skipped\n')
    const failed = stdout.slice(stdout.indexOf('✖ infer/id'), stdout.indexOf('Skipped:'))
    expect(failed).toMatchInlineSnapshot(`
      "✖ infer/id (required)
        The id of the request comes back
          expected  id "42"
          got       "mine"
          see       Open Inference Protocol, Inference Request JSON Object

      ✖ infer/concurrent (required)
        Requests at the same time get each their own id and values
          expected  id "request 0"
          got       "mine"
          see       Open Inference Protocol, Inference Request JSON Object

      "
    `)
    expect(stdout.slice(stdout.indexOf('Skipped:'))).toMatchInlineSnapshot(`
      "Skipped:
        the metadata list no versions: metadata/version, infer/version
        the model has no two inputs: infer/input-order, binary/order
        no two inputs have a JSON form: binary/mixed
        no input has strings: errors/number-for-text
        no input has integers: errors/fraction-for-integer
        the first input has no strings: binary-errors/string-length

      ✖ It does not conform to the Open Inference Protocol V2.
      84 passed, 2 failed, 8 skipped"
    `)
  })

  test('fits 80 columns', async () => {
    const { stdout } = await conformance(inRefusals(({ status }) => reply(status, { detail: 'x y '.repeat(50) })))
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('is green with exit code 0 when only recommendations are not met, and says that', async () => {
    const { code, stdout } = await conformance(inJsonAt('/v2/health/live', () => ({})))
    expect(code).toBe(0)
    expect(stdout).toContain('\n! health/live-body (recommended)\n')
    expect(stdout).toMatch(
      /✔ It conforms to .* V2\.\n {2}1 of the failed is recommended only\.\n\d+ passed, 1 failed, \d+ skipped\n?$/,
    )
  })

  test('asks the only model that the server lists, and the heavy cases only when they are wanted', async () => {
    expect((await conformance({})).stdout).not.toContain('limits')
    expect((await conformance({}, '--limits', '--model', 'iris')).stdout).toContain('✔ limits         3 passed')
  })

  test('sends the headers that it is given with every request', async () => {
    const guard: Fault = {
      instead: ({ headers }) => (headers['x-api-key'] === 'a: b' ? undefined : reply(401, { error: 'who?' })),
    }
    expect((await conformance(guard, '--header', 'X-API-Key: a: b', '--header', 'X-Other:')).code).toBe(0)
    const { code, stderr } = await conformance(guard)
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        "URL answers 401: it wants to know who asks\n  Pass what it asks for, such as --header 'X-API-Key: ...'.",
      ),
    ])
  })

  test('knows a URL that ends in a slash or in /v2', async () => {
    for (const end of ['/', '/v2', '/v2/']) {
      expect((await runCli(makeFolder(), ['conformance', `${right.url}${end}`])).code).toBe(0)
    }
  })
})

describe('--json', () => {
  test('is one document with every case', async () => {
    const { code, stdout, stderr } = await conformance({}, '--json')
    const { cases, counts, ...card } = JSON.parse(stdout)
    expect([code, stderr]).toEqual([0, ''])
    expect(card).toMatchObject({ schema: 1, ok: true, conforms: true, model: 'iris', server: { name: 'iris' } })
    expect(counts.passed + counts.failed + counts.skipped).toBe(cases.length)
    expect(cases[0]).toEqual({
      id: 'health/live',
      title: 'Server Live answers 200',
      level: 'required',
      source: 'Open Inference Protocol, Server Live',
      status: 'pass',
    })
  })

  test('is an error with the failed cases as its issues, exit code 1, when the server does not conform', async () => {
    const { code, stdout } = await conformance(
      inAnswers((json) => ({ ...json, id: 'mine' })),
      '--json',
    )
    const card = JSON.parse(stdout)
    expect(code).toBe(1)
    expect(card).toMatchObject({ schema: 1, ok: false, conforms: false, counts: { failed: 2 } })
    expect(card.error).toEqual({
      code: 'runtime',
      message: 'URL does not conform',
      hint: null,
      issues: [
        { path: 'infer/id', message: 'expected id "42", got "mine"' },
        { path: 'infer/concurrent', message: 'expected id "request 0", got "mine"' },
      ],
    })
    expect(card.cases.find(({ id }: { id: string }) => id === 'infer/id')).toMatchObject({
      expected: 'id "42"',
      got: '"mine"',
    })
  })
})

describe('a mistake of whoever types it is exit code 2', () => {
  test.each([
    [
      'a server that is not there',
      ['http://127.0.0.1:9'],
      'No server answers at http://127.0.0.1:9: connection refused',
    ],
    ['no URL', ['localhost:8000'], 'Is it http://localhost:8000?'],
    ['no URL at all', ['my server'], '"my server" is no URL of a server'],
    ['no argument', [], 'missing required argument "url"'],
    ['a header without a colon', ['http://127.0.0.1:9', '--header', 'my-key'], '--header is no "Name: value"'],
    ['a timeout of nothing', ['http://127.0.0.1:9', '--timeout', '0'], '--timeout 0 is no number of seconds'],
    ['an input file that is not there', ['http://127.0.0.1:9', '--input', 'no.json'], 'no.json cannot be read'],
    ['an input file that is not JSON', ['http://127.0.0.1:9', '--input', 'word.json'], 'word.json is not valid JSON'],
    ['an input file without inputs', ['http://127.0.0.1:9', '--input', 'empty.json'], 'inputs'],
    ['an input file with too few data', ['http://127.0.0.1:9', '--input', 'few.json'], '[2] is 2 elements, not 1'],
    [
      'an input file with wrong data',
      ['http://127.0.0.1:9', '--input', 'word-data.json'],
      '"x" is no FP32 (element 1)',
    ],
  ])('%s', async (_what, args, says) => {
    const input = (data: unknown) => JSON.stringify({ inputs: [{ name: 'a', datatype: 'FP32', shape: [2], data }] })
    const files = { 'word.json': 'word', 'empty.json': '{}', 'few.json': input([1]), 'word-data.json': input([1, 'x']) }
    const { code, stdout, stderr } = await runCli(makeFolder(files), ['conformance', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).not.toContain('my-key')
  })

  test('a model that is not there; the ones that are there are named', async () => {
    const { code, stderr } = await conformance({}, '--model', 'rose')
    expect([code, stderr]).toEqual([2, '✖ URL has no model "rose"\n  It has iris: --model NAME.'])
  })

  test('a model that is not there, of a server without a list', async () => {
    const fault: Fault = { instead: ({ path }) => (path === '/v2/models' ? reply(404, {}) : undefined) }
    expect(await conformance(fault)).toMatchObject({ code: 2, stderr: expect.stringContaining('Which model?') })
    const { code, stderr } = await conformance(fault, '--model', 'rose')
    expect([code, stderr]).toEqual([2, expect.stringContaining('URL answers 404 to /v2/models/rose')])
  })

  test('a server of another protocol', async () => {
    const { code, stderr } = await conformance({ instead: () => reply(404, 'nothing here') })
    expect([code, stderr]).toEqual([2, expect.stringContaining('the Open Inference Protocol V2 is not served there')])
  })
})
