import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { closedLoop } from './closed-loop.ts'
import { answer, tell } from './parent.ts'
import { loadServer } from './server.ts'

// usage: loop FOLDER MODEL PHOTO, then messages {what, seconds}, each answered by {perSecond}, one image after the other, without
// HTTP. `photo`: the server's own decode and preprocess, then one run of the model. `tensor`: the run alone. Nothing that serves
// images one by one can be faster.

const [folder = '', model = '', photo = ''] = process.argv.slice(2)
const { app, contract } = await loadServer(folder)
const { decode, preprocess } = app.predictor.pipeline
const session = await InferenceSession.create(model, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
})
const outputs = contract.outputs.map(({ name }) => name)
const body = { data: await readFile(photo), type: 'image/jpeg' }
const prepared = preprocess(await decode(body))

async function run(tensors: typeof prepared): Promise<void> {
  const feeds = Object.entries(tensors).map(([name, { dtype, data, shape }]) => [name, new Tensor(dtype, data, shape)])
  await session.run(Object.fromEntries(feeds), outputs)
}

async function runPhoto(): Promise<void> {
  await run(preprocess(await decode(body)))
}

await closedLoop(runPhoto, 1, 1)
answer(async (message) => {
  const { what, seconds } = Object(message)
  return { perSecond: await closedLoop(what === 'photo' ? runPhoto : () => run(prepared), 1, seconds) }
})
tell({ ready: true })
