import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import type { DataCache } from '../../../templates/fastify-onnx/features/data-cache/base/src/data-cache/cache.ts'
import { closedLoop } from './closed-loop.ts'
import { answer, tell } from './parent.ts'
import { loadServer } from './server.ts'

// usage: cache FOLDER PHOTO (REDIS_URL in the environment), then messages {what, seconds}, each answered by {perSecond}: how often
// the tensor of an image is had, one after the other. `prepare`: decode, resize, normalise, as on a miss. `redis`: from the
// server's own tier. `text`: as the original design keeps it, nested lists as JSON. `many`: of 64 ids at a time.

const [folder = '', photo = ''] = process.argv.slice(2)
const { app } = await loadServer(folder)
await app.ready()
await app.warmUp()
// What the feature decorates, which only a server that has it knows.
const cache = app.getDecorator<DataCache>('dataCache')
for (const tier of cache.tiers) await tier.untilReady?.()
const [tier] = cache.tiers
const { decode, preprocess } = app.predictor.pipeline
const body = { data: await readFile(photo), type: 'image/jpeg' }
const ids = Array.from({ length: 64 }, (_, id) => String(id).padStart(4, '0'))
for (const id of ids) await cache.warm(id)
const keys = ids.map((id) => cache.keys.of(id))
const [key = ''] = keys

const redis = new Redis(process.env.REDIS_URL ?? '')
await redis.set('text', JSON.stringify(nested(preprocess(await decode(body)))))

/** [1][3][224][224] numbers. */
function nested(tensors: ReturnType<typeof preprocess>): unknown {
  const [tensor] = Object.values(tensors)
  if (!tensor) throw new Error('no tensor')
  let level: unknown[] = [...tensor.data]
  for (const size of tensor.shape.slice(1).toReversed()) {
    level = Array.from({ length: level.length / size }, (_, at) => level.slice(at * size, (at + 1) * size))
  }
  return level
}

async function readText(): Promise<void> {
  const lists: number[][][][] = JSON.parse((await redis.get('text')) ?? '')
  Float32Array.from(lists.flat(3))
}

async function assertFound(key: string): Promise<void> {
  if ((await tier?.get(key)) === null) throw new Error(`${key} is not in Redis`)
}

const work: Readonly<Record<string, () => Promise<unknown>>> = {
  prepare: async () => preprocess(await decode(body)),
  redis: () => assertFound(key),
  text: readText,
  many: () => Promise.all(keys.map(assertFound)),
}

for (const run of Object.values(work)) await closedLoop(run, 1, 0.5)
answer(async (message) => {
  const { what, seconds } = Object(message)
  const run = work[String(what)]
  if (!run) throw new Error(`no ${what}`)
  return { perSecond: await closedLoop(run, 1, seconds) }
})
tell({ ready: true })
