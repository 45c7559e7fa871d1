import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create as createMessage, toBinary } from '@bufbuild/protobuf'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { compile } from '../zoo/generate.ts'

/**
 * Requests per second of V2 with a tensor as JSON and as binary, the model answering what it was asked: all of the time is
 * the protocol's. Interleaved slices, as the machine's speed swings. Prints each and the ratios; exits with 1 below the goal.
 * usage: node --import tsx bench/clients/speed.ts
 */
const SHAPE = [1, 3, 224, 224]
const FLOAT = 1
const ROUNDS = 5
const SLICE_MS = 2000
const CONNECTIONS = 2
const GOAL = 17

interface Load {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

const folder = await mkdtemp(join(tmpdir(), 'cis-speed-'))
try {
  const server = await runServer(await buildIdentity())
  try {
    process.exitCode = (await compare(server)) >= GOAL ? 0 : 1
  } finally {
    await server.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** The median of the rounds' ratios. */
async function compare(server: RunningServer): Promise<number> {
  const values = Float32Array.from({ length: SHAPE.reduce((product, dim) => product * dim, 1) }, () => Math.random())
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const json = await rateOf(server, jsonLoad(values))
    const binary = await rateOf(server, binaryLoad(values))
    ratios.push(binary / json)
    process.stdout.write(
      `JSON ${json.toFixed(1)}/s, binary ${binary.toFixed(1)}/s: ${(binary / json).toFixed(1)} times\n`,
    )
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
  process.stdout.write(`median ${median.toFixed(1)} times, goal ${GOAL}\n`)
  return median
}

function jsonLoad(values: Float32Array): Load {
  const inputs = [{ name: 'x', shape: SHAPE, datatype: 'FP32', data: [...values] }]
  return { body: Buffer.from(JSON.stringify({ inputs })), headers: { 'content-type': 'application/json' } }
}

function binaryLoad(values: Float32Array): Load {
  const parameters = { binary_data_size: values.byteLength }
  const inputs = [{ name: 'x', shape: SHAPE, datatype: 'FP32', parameters }]
  const json = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  const headers = { 'inference-header-content-length': String(json.length) }
  return { body: Buffer.concat([json, Buffer.from(values.buffer)]), headers }
}

/** Answers per second, over some connections at once. */
async function rateOf(server: RunningServer, load: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true })
  const ask = () => post(server, load, agent)
  await ask()
  const start = performance.now()
  let answers = 0
  async function work(): Promise<void> {
    for (; performance.now() - start < SLICE_MS; answers += 1) await ask()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  agent.destroy()
  return (answers * 1000) / (performance.now() - start)
}

function post({ url }: RunningServer, { body, headers }: Load, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v2/models/identity/infer`, { method: 'POST', agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`))
      answer.resume().on('end', resolve)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A built server of y = x. */
async function buildIdentity(): Promise<string> {
  const dim = SHAPE.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }))
  const type = { value: { case: 'tensorType' as const, value: { elemType: FLOAT, shape: { dim } } } }
  const model = createMessage(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'identity',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  })
  const file = join(folder, 'identity.onnx')
  await writeFile(file, toBinary(ModelProtoSchema, model))
  const { project } = await create({ cwd: folder, model: file, name: 'identity' })
  await compile(project.inputs.target)
  return project.inputs.target
}
