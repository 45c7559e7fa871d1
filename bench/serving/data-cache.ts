import { spawn } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { create as createMessage, toBinary } from '@bufbuild/protobuf'
import { freePort } from '../../scripts/run-server.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { endProcess, portSchema, startChild } from './child.ts'
import { askRate } from './cnn-setup.ts'
import { CLIENT_CORE, SERVER_CORE } from './cores.ts'
import { buildFromVars, startFlags } from './generated.ts'
import type { Part } from './part.ts'
import { makePhoto } from './photo.ts'
import { interleave, series } from './slices.ts'
import { pairwise, ratios } from './statistics.ts'
import { measureTable } from './table.ts'
import { applyLoad } from './wrk.ts'

const FLOAT = 1
const IDS = 64
const CONNECTIONS = 4

/** Data by id: what a hit saves, of a tensor of 1x3x224x224 and of a whole request. */
export const dataCache: Part = async ({ folder, rounds, seconds }) => {
  const photo = await makePhoto(640, 480)
  const target = await buildByIds(folder, photo, 'shared', '{tier: redis}')
  const hits = await buildByIds(folder, photo, 'hits', '{tier: memory}')
  // What a request had to fetch is not kept: each one is a miss.
  const misses = await buildByIds(folder, photo, 'misses', '{tier: memory, fill: batch}')
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000', LOG_LEVEL: 'warn' }
  const serve = (server: string) =>
    startChild(folder, {
      script: 'serve-generated',
      args: [server],
      flags: startFlags(server),
      cores: SERVER_CORE,
      env,
    })
  const tier = await startChild(folder, {
    script: 'cache',
    args: [target, join(target, 'data/0000.jpg')],
    flags: startFlags(target),
    cores: SERVER_CORE,
    env,
  })
  const servers = { hit: await serve(hits), hitInRedis: await serve(target), miss: await serve(misses) }
  try {
    const payload = { file: join(folder, 'ask.json'), type: 'application/json' }
    await writeFile(payload.file, '{"data":"0000"}')
    const ask = (what: string) => series(() => askRate(tier.child, { what, seconds }))
    const load = ({ first }: { first: unknown }) => {
      const url = `http://127.0.0.1:${portSchema.parse(first).port}/predict`
      return series(
        async () => (await applyLoad({ url, payload, connections: CONNECTIONS, seconds })).requestsPerSecond,
      )
    }
    const [prepare, fromRedis, text, many] = [ask('prepare'), ask('redis'), ask('text'), ask('many')]
    const [hit, hitInRedis, miss] = [load(servers.hit), load(servers.hitInRedis), load(servers.miss)]
    await interleave([prepare, fromRedis, text, many, hit, hitInRedis, miss], rounds)
    const ms = (slices: readonly number[]) => slices.map((perSecond) => 1000 / perSecond)
    const perId = many.slices.map((perSecond) => 1000 / (perSecond * IDS))
    return {
      title: 'Data by id: what a hit saves (1x3x224x224 float32, of a JPEG of 640x480)',
      blocks: [
        INTRODUCTION,
        measureTable([
          { what: 'decode, resize and normalise, ms', values: ms(prepare.slices), digits: 2 },
          { what: 'hit in Redis, ms', values: ms(fromRedis.slices), digits: 2 },
          { what: 'hit in Redis as JSON text, ms', values: ms(text.slices), digits: 2 },
          { what: '64 ids in Redis, ms per id', values: perId, digits: 2 },
          {
            what: 'a hit in Redis is faster than preparing',
            values: ratios(fromRedis.slices, prepare.slices),
            digits: 1,
            goal: { atLeast: 10 },
          },
          {
            what: 'a hit in Redis is faster than one as JSON text',
            values: ratios(fromRedis.slices, text.slices),
            digits: 1,
            goal: { atLeast: 30 },
          },
          { what: 'JSON text is slower than preparing', values: ratios(prepare.slices, text.slices), digits: 1 },
          { what: 'requests/s: misses', values: miss.slices, digits: 0 },
          { what: 'requests/s: hits in memory', values: hit.slices, digits: 0 },
          { what: 'requests/s: hits in Redis', values: hitInRedis.slices, digits: 0 },
          {
            what: 'requests/s of hits in memory, times those of misses',
            values: ratios(hit.slices, miss.slices),
            digits: 1,
            goal: { atLeast: 5 },
          },
          {
            what: 'requests/s of hits in Redis, times those of misses',
            values: ratios(hitInRedis.slices, miss.slices),
            digits: 1,
          },
          {
            what: 'memory of Redis per entry, kB (602 kB are the tensor)',
            values: pairwise([await redis.memory()], [IDS], (bytes, entries) => bytes / entries / 1000),
            digits: 0,
          },
        ]),
      ],
    }
  } finally {
    await Promise.all([tier.child.stop(), ...Object.values(servers).map(({ child }) => child.stop())])
    await redis.stop()
  }
}

const INTRODUCTION = `The server's own code on one core, Redis (Debian's, on loopback) and the client on the other. *Preparing* is what a
miss costs beside the fetch; a hit in Redis is the tensor's bytes with their checksum; *as JSON text* is what the original design keeps.
Requests are \`{"data": "0000"}\`, ${CONNECTIONS} at once, to a model that only averages its input, whose source is a folder.`

/** A server of a model that only averages its 1x3x224x224, with these options of data_cache and an image under each id. */
async function buildByIds(folder: string, photo: Buffer, name: string, options: string): Promise<string> {
  const place = join(folder, name)
  await mkdir(place)
  const model = join(folder, 'average.onnx')
  await writeFile(model, averageModel())
  await writeFile(join(place, 'photo.jpg'), photo)
  const vars = `name: ${name}
model_file_name: average.onnx
data_sample: photo.jpg
preprocess: {kind: image, preset: imagenet}
options: {data_cache: ${options}}
`
  const target = await buildFromVars(place, model, vars)
  await mkdir(join(target, 'data'))
  for (let id = 0; id < IDS; id += 1) {
    await copyFile(join(place, 'photo.jpg'), join(target, 'data', `${String(id).padStart(4, '0')}.jpg`))
  }
  return target
}

function averageModel(): Uint8Array {
  const port = (name: string, sizes: readonly (string | number)[]) => {
    const dim = sizes.map((size) => ({
      value:
        typeof size === 'string'
          ? { case: 'dimParam' as const, value: size }
          : { case: 'dimValue' as const, value: BigInt(size) },
    }))
    return { name, type: { value: { case: 'tensorType' as const, value: { elemType: FLOAT, shape: { dim } } } } }
  }
  const model = createMessage(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'average',
      node: [
        { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
        { opType: 'Flatten', input: ['pooled'], output: ['y'] },
      ],
      input: [port('x', ['batch', 3, 224, 224])],
      output: [port('y', ['batch', 3])],
    },
  })
  return toBinary(ModelProtoSchema, model)
}

interface RedisServer {
  readonly url: string
  /** Of all keys that hold tensors, in bytes. */
  memory(): Promise<number>
  stop(): Promise<void>
}

/** On the client's core, keeping nothing on disk. */
async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('taskset', ['-c', CLIENT_CORE, 'redis-server', ...args], { stdio: 'ignore' })
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (tries > 200) throw new Error('redis-server does not listen')
    await sleep(20)
  }
  const url = `redis://127.0.0.1:${port}`
  return {
    url,
    async memory() {
      const { Redis } = await import('ioredis')
      const redis = new Redis(url)
      const keys = (await redis.keys('cis:*')).slice(0, IDS)
      const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key)))
      redis.disconnect()
      return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    },
    stop: () => endProcess(child),
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
