import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { freePort } from '../run-server.ts'

export interface Variant {
  readonly name: string
  readonly example: 'iris' | 'digits'
  /** What vars.yaml has beside the example's. */
  readonly vars: (facts: { readonly sha256: string }) => string
  /** What the container needs around it. */
  /** Its compose files are started, too. */
  readonly compose?: true
  readonly surroundings?: (server: string) => Promise<Surroundings>
}

export interface Surroundings {
  /** Of `podman run`. */
  readonly flags: readonly string[]
  /** Flags with which it must end by itself, with exit code 1 and a message that has this in it. */
  readonly refused?: { readonly flags: readonly string[]; readonly message: string }
  close(): Promise<void>
}

export const VARIANTS: readonly Variant[] = [
  { name: 'plain', example: 'iris', vars: () => '' },
  { name: 'image', example: 'digits', vars: () => '' },
  {
    name: 'data cache',
    example: 'digits',
    vars: () => 'options: {data_cache: {tier: both, source: {kind: directory, path: data}, sample_id: "0000"}}\n',
    compose: true,
    surroundings: startRedis,
  },
  { name: 'grpc', example: 'iris', vars: () => 'options: {grpc: {port: 38181}, tracing: {}}\n' },
  {
    name: 'download',
    example: 'iris',
    vars: ({ sha256 }) => `image: {model: {download: {url: "http://models.invalid/iris.onnx", sha256: ${sha256}}}}\n`,
    surroundings: serveModel,
  },
  {
    name: 'volume',
    example: 'iris',
    vars: () => 'image: {model: volume}\n',
    surroundings: async (server) => ({
      flags: ['-v', `${join(server, 'models')}:/models:ro`],
      refused: { flags: [], message: 'iris.onnx' },
      close: async () => undefined,
    }),
  },
]

/** Where there is none, the cache is without it: predictions never depend on it. */
async function startRedis(): Promise<Surroundings> {
  const port = await freePort()
  const flags = ['-e', `REDIS_URL=redis://127.0.0.1:${port}`]
  if (execaSync('which', ['redis-server'], { reject: false }).exitCode !== 0)
    return { flags, close: async () => undefined }
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = spawn('redis-server', args, { stdio: 'ignore' })
  const close = async () => {
    redis.kill()
    await once(redis, 'exit')
  }
  return { flags, close }
}

async function serveModel(server: string): Promise<Surroundings> {
  const model = readFileSync(join(server, 'models/iris.onnx'))
  const source = createServer((request, response) =>
    request.url === '/iris.onnx' ? response.end(model) : response.end('another file'),
  )
  source.listen(0, '127.0.0.1')
  await once(source, 'listening')
  const address = source.address()
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : ''}`
  return {
    flags: ['-e', `MODEL_URL=${url}/iris.onnx`],
    refused: {
      flags: ['-e', `MODEL_URL=${url}/other.onnx`],
      message: 'is not the model',
    },
    close: async () => void source.close(),
  }
}
