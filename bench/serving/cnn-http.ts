import { portSchema, startChild } from './child.ts'
import { askRate, type CnnSetup } from './cnn-setup.ts'
import { SERVER_CORE } from './cores.ts'
import { startFlags } from './generated.ts'
import { interleave, series } from './slices.ts'
import { ratios } from './statistics.ts'
import type { Measure } from './table.ts'
import { applyLoad, type LoadSlice } from './wrk.ts'

const CONNECTIONS = [2, 4] as const
const WARM_UP = { connections: 4, seconds: 1 }
const GOAL = { atLeast: 0.95 }

/** Photos per second over HTTP as a share of what the same work is in a bare loop. */
export async function measureHttp({ folder, target, model, photo, rounds, seconds }: CnnSetup): Promise<Measure[]> {
  const flags = startFlags(target)
  const start = (script: string, ...args: string[]) => startChild(folder, { script, args, flags, cores: SERVER_CORE })
  const server = await start('serve-generated', target)
  const loop = await start('loop', target, model, photo)
  try {
    const url = `http://127.0.0.1:${portSchema.parse(server.first).port}/predict`
    const load = { url, payload: { file: photo, type: 'image/jpeg' } }
    await applyLoad({ ...load, ...WARM_UP })
    const bare = series(() => askRate(loop.child, { what: 'photo', seconds }))
    const served = CONNECTIONS.map((connections) => ({
      connections,
      ...series(() => applyLoad({ ...load, connections, seconds })),
    }))
    await interleave([bare, ...served], rounds)
    return [
      { what: 'loop in process, photos/s', values: bare.slices, digits: 1 },
      ...served.flatMap(({ connections, slices }) => measuresAt(connections, slices, bare.slices)),
    ]
  } finally {
    await Promise.all([server.child.stop(), loop.child.stop()])
  }
}

function measuresAt(connections: number, slices: readonly LoadSlice[], bare: readonly number[]): Measure[] {
  const served = slices.map((slice) => slice.requestsPerSecond)
  const what = `HTTP, ${connections} connections`
  return [
    { what: `${what}, photos/s`, values: served, digits: 1 },
    { what: `${what}, p99 ms`, values: slices.map(({ p99 }) => p99), digits: 0 },
    { what: `${what}, of the loop`, values: ratios(served, bare), digits: 2, goal: GOAL },
  ]
}
