import { symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** A generated server of a model in test/fixtures/models, built, as a process of its own. */
export async function startModelServer(model: string): Promise<RunningServer> {
  const { project } = await create({ cwd: makeSharedFolder(), model: join(MODELS, `${model}.onnx`), name: 'sample' })
  const { target } = project.inputs
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  await execa({ cwd: target })`npm run build`
  const server = await runServer(target)
  afterAll(async () => void (await server.stop()))
  return server
}

/** A tensor as JSON, or as the bytes behind it. */
export interface Input {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: string
  readonly data?: unknown
  readonly bytes?: Uint8Array
}

export interface InferOptions {
  readonly id?: string
  readonly outputs?: readonly object[]
  readonly parameters?: object
  /** Spaces behind the JSON, which move the tensors. */
  readonly spaces?: number
}

/** A request's body, and the bytes of JSON in it. */
export function inferBody(inputs: readonly Input[], { spaces = 0, ...rest }: InferOptions = {}) {
  const described = inputs.map(({ bytes, ...input }) =>
    bytes ? { ...input, parameters: { binary_data_size: bytes.length } } : input,
  )
  const json = Buffer.from(JSON.stringify({ ...rest, inputs: described }) + ' '.repeat(spaces))
  return { body: Buffer.concat([json, ...inputs.flatMap(({ bytes }) => bytes ?? [])]), headerLength: json.length }
}

export interface Output {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: readonly unknown[]
  readonly bytes?: Buffer
}

export interface InferAnswer {
  readonly status: number
  readonly id?: string
  readonly error?: string
  readonly outputs: readonly Output[]
}

/** POST infer, with the header where it is needed. */
export async function infer(
  server: RunningServer,
  inputs: readonly Input[],
  options?: InferOptions,
): Promise<InferAnswer> {
  const { body, headerLength } = inferBody(inputs, options)
  return post(server, body, { 'inference-header-content-length': String(headerLength) })
}

/** POST infer, without a Content-Type. `begun` is called when the server has the first half, and waits for the second. */
export function post(
  { url }: RunningServer,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  begun?: () => unknown,
): Promise<InferAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v2/models/sample/infer`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const header = response.headers['inference-header-content-length']
        resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks), header?.toString()))
      })
    })
    sent.on('error', reject)
    if (!begun) return sent.end(body)
    const half = Math.ceil(body.length / 2)
    sent.write(body.subarray(0, half), async () => {
      await begun()
      sent.end(body.subarray(half))
    })
  })
}

function readAnswer(status: number, body: Buffer, header: string | undefined): InferAnswer {
  let offset = Number(header ?? body.length)
  const { outputs = [], ...rest } = JSON.parse(body.toString('utf8', 0, offset))
  const taken = outputs.map(({ parameters, ...output }: Output & { parameters?: { binary_data_size: number } }) => {
    if (!parameters) return output
    const start = offset
    offset += parameters.binary_data_size
    return { ...output, bytes: body.subarray(start, offset) }
  })
  if (offset !== body.length) throw new Error(`${body.length - offset} bytes left over`)
  return { ...rest, status, outputs: taken }
}
