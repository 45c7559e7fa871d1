import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, type RunningServer, runServer } from '../../scripts/run-server.ts'
import { checkConformance, type Scorecard } from '../../src/conformance/run.ts'
import { listCases } from '../../src/conformance/suite.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ERROR_FAULTS } from './error-faults.ts'
import type { FaultCase } from './fault-kinds.ts'
import { FAULTS } from './faults.ts'
import { FORM_FAULTS } from './form-faults.ts'
import { buildServer, REQUESTS } from './servers.ts'
import { startWrongServer } from './wrong-server.ts'

const ALL = [...FAULTS, ...FORM_FAULTS, ...ERROR_FAULTS]
const MODELS = ['iris', 'two_inputs', 'string_input'] as const

const running = new Map<string, RunningServer>()
const folder = makeSharedFolder({ 'string_input.json': JSON.stringify(REQUESTS.string_input) })

beforeAll(async () => {
  for (const model of MODELS) {
    running.set(model, await runServer(await buildServer(model), { GRPC_PORT: String(await freePort()) }))
  }
})
afterAll(() => Promise.all([...running.values()].map((server) => server.stop())))

async function check({ fault, model = 'iris', limits = false, timeout = 30_000 }: FaultCase): Promise<Scorecard> {
  const url = await startWrongServer(running.get(model)?.url ?? '', fault)
  const input = model === 'string_input' ? `${folder}/string_input.json` : undefined
  const name = model.replaceAll('_', '-')
  return checkConformance({ url, model: name, input, limits, timeout, headers: {}, insecure: false })
}

const seen = new Set<string>()

describe('a server with a fault fails the cases that are there to find it', () => {
  test('without a fault, none', async () => {
    const { cases } = await check({ name: '', fault: {}, fails: [] })
    expect(cases.filter(({ status }) => status === 'fail')).toEqual([])
  })

  test.each(ALL)('$name', async (one) => {
    const { cases, conforms } = await check(one)
    const failed = cases.filter(({ status }) => status === 'fail')
    const ids = failed.map(({ id }) => id)
    for (const id of ids) seen.add(id)
    expect(one.only ? ids.toSorted() : ids).toEqual(
      one.only ? one.fails.toSorted() : expect.arrayContaining([...one.fails]),
    )
    expect(conforms).toBe(failed.every(({ level }) => level === 'recommended'))
  })

  test('every case was seen to fail', () => {
    const never = listCases({ withLimits: true }).filter(({ id }) => !seen.has(id))
    expect(never.map(({ id }) => id)).toEqual([])
  })
})
