import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { picture } from './image-files.ts'

const VARS = `name: pixels
model_file_name: pixels.onnx
data_sample: sample.png
preprocess: {kind: image, crop: none, resample: nearest}
`

/** A generated server, built, as a process of its own, whose model answers the pixels that it is given: (N,4,6,3) of uint8. */
export async function startPixelServer(): Promise<RunningServer> {
  const folder = makeSharedFolder({ 'vars.yaml': VARS })
  copyFileSync(join(ROOT, 'test/fixtures/images/pixels.onnx'), join(folder, 'pixels.onnx'))
  writeFileSync(join(folder, 'sample.png'), await picture().png().toBuffer())
  const { project } = await create({ cwd: folder })
  const { target } = project.inputs
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  await execa({ cwd: target })`npm run build`
  const server = await runServer(target)
  afterAll(async () => void (await server.stop()))
  return server
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Record<string, unknown>
}

/** POST /predict with a file as the body. */
export function postFile(server: RunningServer, file: Uint8Array, type = 'image/png', headers = {}): Promise<Answer> {
  return post(server, Uint8Array.from(file), { 'content-type': type, ...headers })
}

/** POST /predict with JSON. */
export function postJson(server: RunningServer, body: unknown): Promise<Answer> {
  return post(server, JSON.stringify(body), { 'content-type': 'application/json' })
}

async function post(
  { url }: RunningServer,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Answer> {
  const answer = await fetch(`${url}/predict`, { method: 'POST', headers, body })
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    body: JSON.parse(await answer.text()),
  }
}
