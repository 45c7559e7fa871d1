import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { closedLoop } from './closed-loop.ts'
import { answer, tell } from './parent.ts'
import { loadServer } from './server.ts'

// usage: loop FOLDER MODEL PHOTO, then messages {seconds}, each answered by {perSecond}: the server's own decode and preprocess,
// then one run of the model, one image after the other, without HTTP. Nothing that serves images one by one can be faster.

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

async function runOnce(): Promise<void> {
  const tensors = Object.entries(preprocess(await decode(body)))
  const feeds = tensors.map(([name, { dtype, data, shape }]) => [name, new Tensor(dtype, data, shape)])
  await session.run(Object.fromEntries(feeds), outputs)
}

await closedLoop(runOnce, 1, 1)
answer(async (message) => ({ perSecond: await closedLoop(runOnce, 1, Object(message).seconds) }))
tell({ ready: true })
