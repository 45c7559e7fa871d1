import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { portSchema, startChild } from './child.ts'
import { SERVER_CORE } from './cores.ts'
import { buildSlow, startFlags } from './generated.ts'
import { makeModels } from './models.ts'
import type { Part } from './part.ts'
import { sampleLatencies } from './sample-latencies.ts'
import { interleave, series } from './slices.ts'
import { quantile } from './statistics.ts'
import { measureTable } from './table.ts'
import { applyLoad, type Payload } from './wrk.ts'

const CONNECTIONS = 8
/** What slow.onnx takes. */
const ROW = Array.from({ length: 16 }, (_, i) => i / 16)
/** A percentile of /health needs more samples than a rate needs seconds. */
const LONGER = 2

/** What a probe waits while the model keeps the server busy. */
export const health: Part = async ({ folder, rounds, seconds }) => {
  const { slow } = await makeModels()
  const target = await buildSlow(folder, slow, ROW)
  const payload = await writeRow(folder)
  const { child, first } = await startChild(folder, {
    script: 'serve-generated',
    args: [target],
    flags: startFlags(target),
    cores: SERVER_CORE,
  })
  const origin = `http://127.0.0.1:${portSchema.parse(first).port}`
  const duration = seconds * LONGER
  const probe = () => sampleLatencies(`${origin}/health`, duration)
  try {
    await applyLoad({ url: `${origin}/predict`, payload, connections: CONNECTIONS, seconds: 1 })
    const idle = series(probe)
    const saturated = series(async () => {
      const load = applyLoad({ url: `${origin}/predict`, payload, connections: CONNECTIONS, seconds: duration })
      const [latencies, { requestsPerSecond }] = await Promise.all([probe(), load])
      return { latencies, requestsPerSecond }
    })
    await interleave([idle, saturated], rounds)
    return { title: TITLE, blocks: [INTRODUCTION, show(idle.slices, saturated.slices)] }
  } finally {
    await child.stop()
  }
}

const TITLE = 'Probes while a 50 ms model is saturated'
const INTRODUCTION = `A model that takes about 50 ms for a row, asked over ${CONNECTIONS} connections; beside that, \`GET /health\` every 20 ms.
Server and clients each on a core of their own. The goal is for the percentile of all samples of a slice.`

interface Saturated {
  readonly latencies: readonly number[]
  readonly requestsPerSecond: number
}

function show(idle: readonly (readonly number[])[], saturated: readonly Saturated[]): string {
  const busy = saturated.map(({ latencies }) => latencies)
  const at = (q: number, slices: readonly (readonly number[])[]) => slices.map((slice) => quantile(slice, q))
  return measureTable([
    { what: 'predictions/s', values: saturated.map((slice) => slice.requestsPerSecond), digits: 1 },
    { what: '/health p50, idle, ms', values: at(0.5, idle), digits: 1 },
    { what: '/health p99, idle, ms', values: at(0.99, idle), digits: 1 },
    { what: '/health p50, saturated, ms', values: at(0.5, busy), digits: 1 },
    { what: '/health p99, saturated, ms', values: at(0.99, busy), digits: 1, goal: { atMost: 10 } },
  ])
}

async function writeRow(folder: string): Promise<Payload> {
  const file = join(folder, 'row.json')
  await writeFile(file, JSON.stringify({ data: [ROW] }))
  return { file, type: 'application/json' }
}
