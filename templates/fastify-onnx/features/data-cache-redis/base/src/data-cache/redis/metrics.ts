import { Cluster, type Redis } from 'ioredis'
import type { MakeMetrics } from '../../metrics/late-registry.ts'
import type { Connection } from './connect.ts'

/** What Redis says of itself. All processes ask the same one: the largest answer stands for all. */
export function redisMetrics(connection: Connection): MakeMetrics {
  return ({ Gauge }, registry) => {
    const gauge = (name: string, help: string, field: RegExp) =>
      new Gauge({
        name,
        help,
        aggregator: 'max',
        registers: [registry],
        async collect() {
          const value = await readInfo(connection, field).catch(() => null)
          if (value === null) this.reset()
          else this.set(value)
        },
      })
    gauge(
      'inference_cache_redis_bytes',
      'Memory that Redis uses, for this server and all others.',
      /^used_memory:(\d+)/m,
    )
    gauge(
      'inference_cache_redis_evictions',
      'Keys that Redis has evicted since it was started, to make room for others.',
      /^evicted_keys:(\d+)/m,
    )
  }
}

/** Of all nodes that hold keys, added up. */
async function readInfo(connection: Connection, field: RegExp): Promise<number> {
  const nodes: readonly Redis[] = connection instanceof Cluster ? connection.nodes('master') : [connection]
  const texts = await Promise.all(nodes.map((node) => node.info()))
  return texts.reduce((sum, text) => sum + Number(field.exec(text)?.[1] ?? 0), 0)
}
