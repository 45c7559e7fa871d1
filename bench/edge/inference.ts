import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Page } from 'playwright-core'
import type { App } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/app.ts'

/** Of one slice. */
const SLICE_MS = 500

/** Milliseconds of a run, in the mean of a slice. */
export type Slice = () => Promise<number>

interface Fed {
  readonly app: App
  readonly input: { readonly name: string; readonly shape: readonly number[] }
}

function readFed(web: string): Fed {
  const app: App = JSON.parse(readFileSync(join(web, 'app.json'), 'utf8'))
  const { vectors } = JSON.parse(readFileSync(join(web, 'golden.json'), 'utf8'))
  const [[name, { shape }] = ['', { shape: [] }]] = Object.entries<{ shape: number[] }>(vectors[0].tensors)
  return { app, input: { name, shape } }
}

export async function openNode(web: string): Promise<Slice> {
  const { app, input } = readFed(web)
  const session = await InferenceSession.create(join(web, app.model.file), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  const size = input.shape.reduce((product, dim) => product * dim, 1)
  const feeds = { [input.name]: new Tensor('float32', new Float32Array(size).fill(0.5), input.shape) }
  const run = async (ms: number) => {
    const start = performance.now()
    let runs = 0
    for (; performance.now() - start < ms; runs += 1) await session.run(feeds)
    return (performance.now() - start) / runs
  }
  await run(SLICE_MS)
  return () => run(SLICE_MS)
}

/** The same in the page of the export, by the files that it uses itself. */
export async function openWeb(page: Page, web: string, url: string): Promise<Slice> {
  const { app, input } = readFed(web)
  await page.goto(url)
  // At the first visit the page is loaded twice.
  await page.getByText('Works without a network').waitFor()
  const run = (ms: number) =>
    page.evaluate<number>(
      `(${SLICE})(${JSON.stringify({ runtime: app.runtimes.wasm, model: app.model.file, input, ms, url })})`,
    )
  await run(SLICE_MS)
  return () => run(SLICE_MS)
}

/** What runs in the browser, where nothing of this file is. The session is kept from slice to slice. */
const SLICE = `async ({ runtime, model, input, ms, url }) => {
  if (!globalThis.benched) {
    const ort = await import(url + runtime.script)
    ort.env.wasm.numThreads = 1
    ort.env.wasm.wasmPaths = { mjs: url + runtime.loader, wasm: url + runtime.binary.file }
    const session = await ort.InferenceSession.create(url + model, { executionProviders: ['wasm'] })
    const size = input.shape.reduce((product, dim) => product * dim, 1)
    globalThis.benched = { session, feeds: { [input.name]: new ort.Tensor('float32', new Float32Array(size).fill(0.5), input.shape) } }
  }
  const { session, feeds } = globalThis.benched
  const start = performance.now()
  let runs = 0
  for (; performance.now() - start < ms; runs += 1) await session.run(feeds)
  return (performance.now() - start) / runs
}`
