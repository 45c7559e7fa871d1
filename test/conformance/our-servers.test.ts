import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, type RunningServer, runServer } from '../../scripts/run-server.ts'
import type { Scorecard } from '../../src/conformance/run.ts'
import { listCases } from '../../src/conformance/suite.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { installNode } from '../helpers/node.ts'
import { BIN } from '../helpers/paths.ts'
import { buildServer, REQUESTS } from './servers.ts'

/** Each server with the cases that cannot be asked of it; all others must pass, recommendations too. */
const NO_VERSIONS = ['metadata/version', 'infer/version']
const ONE_INPUT = ['infer/input-order', 'binary/mixed', 'binary/order']
const NO_STRINGS = ['errors/number-for-text', 'binary-errors/string-length']
const FP16_OUT = ['transport/content-type', 'binary/inputs', 'binary/default', 'binary/one-output', 'binary/precedence']

const SKIPPED: Readonly<Record<string, readonly string[]>> = {
  iris: [...NO_VERSIONS, ...ONE_INPUT, ...NO_STRINGS, 'errors/fraction-for-integer'],
  digits: [...NO_VERSIONS, ...ONE_INPUT, ...NO_STRINGS, 'errors/fraction-for-integer', 'infer/output-order'],
  two_inputs: [...NO_VERSIONS, ...NO_STRINGS, 'infer/output-order', 'binary/raw'],
  string_input: [
    ...NO_VERSIONS,
    'binary/raw',
    'errors/text-for-number',
    'errors/fraction-for-integer',
    'errors/out-of-range',
  ],
  float16: [
    ...NO_VERSIONS,
    ...ONE_INPUT,
    ...NO_STRINGS,
    ...FP16_OUT,
    'infer/output-order',
    'infer/nested',
    'binary/outputs',
    ...['no-data', 'too-few', 'too-many', 'data-no-list', 'null', 'object', 'text-for-number'].map(
      (id) => `errors/${id}`,
    ),
    ...['fixed-size', 'out-of-range', 'fraction-for-integer'].map((id) => `errors/${id}`),
  ],
  all_dtypes: [...NO_VERSIONS, ...FP16_OUT, 'binary/outputs', 'binary/raw', 'binary-errors/string-length'],
}

const inputs = Object.entries(REQUESTS).map(([model, body]) => [`${model}.json`, JSON.stringify(body)])
const folder = makeSharedFolder(Object.fromEntries(inputs))

/** The command as that Node runs it. */
async function runConformance(node: string, url: string, model: string): Promise<Scorecard & { ok: boolean }> {
  const input = REQUESTS[model] ? ['--input', join(folder, `${model}.json`)] : []
  const args = [BIN, 'conformance', url, '--json', '--limits', ...input]
  const { stdout, stderr } = await execa(node, args, { reject: false, stdin: 'ignore' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.each(Object.keys(SKIPPED))('the server of %s conforms', (model) => {
  let server = ''
  const running: RunningServer[] = []
  beforeAll(async () => {
    server = await buildServer(model)
  })
  afterAll(() => Promise.all(running.map((one) => one.stop())))

  async function checkOn(node: string): Promise<void> {
    const one = await runServer(server, { GRPC_PORT: String(await freePort()) }, node)
    running.push(one)
    const card = await runConformance(node, one.url, model)
    expect(card.cases.filter(({ status }) => status === 'fail')).toEqual([])
    expect(
      card.cases
        .filter(({ status }) => status === 'skip')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(SKIPPED[model]?.toSorted())
    expect(card.cases).toHaveLength(listCases({ withLimits: true }).length)
    expect([card.ok, card.conforms, card.counts.failed]).toEqual([true, true, 0])
  }

  test('on this Node', () => checkOn(process.execPath))

  test('on Node 24', async () => {
    const node = await installNode(24, folder)
    if (node === undefined) return console.warn('skipped: npm has no Node 24 for this machine')
    expect((await execa(node, ['--version'])).stdout).toMatch(/^v24\./)
    await checkOn(node)
  })
})

test('every case that a server without versions can be asked is asked of one of them', () => {
  const skips = Object.values(SKIPPED)
  const everywhere = listCases({ withLimits: true }).filter(({ id }) => skips.every((ids) => ids.includes(id)))
  expect(everywhere.map(({ id }) => id)).toEqual(NO_VERSIONS)
})
