import { readFile } from 'node:fs/promises'
import { closedLoop } from './closed-loop.ts'
import { answer, tell } from './parent.ts'
import { loadServer } from './server.ts'

// usage: drive FOLDER PHOTO, then messages {what, seconds}, each answered by {perSecond}: the server's predictor without HTTP,
// several callers at once. `infer` gives it a tensor, `predict` a photo that it also decodes and prepares.

const IN_FLIGHT = 8

const [folder = '', photo = ''] = process.argv.slice(2)
const { app, contract, config } = await loadServer(folder)
await app.ready()
await app.warmUp()
const { predictor } = app
const body = { data: await readFile(photo), type: 'image/jpeg' }
const tensors = predictor.pipeline.preprocess(await predictor.pipeline.decode(body))
const outputs = contract.outputs.map(({ name }) => name)

function work(what: string): () => Promise<unknown> {
  return what === 'infer' ? () => predictor.infer(tensors, outputs) : () => predictor.predict(body)
}

for (const what of ['infer', 'predict']) await closedLoop(work(what), IN_FLIGHT, 0.5)
answer(async (message) => {
  const { what, seconds } = Object(message)
  return { perSecond: await closedLoop(work(what), IN_FLIGHT, seconds) }
})
tell({ hasInferenceThreads: 'INFERENCE_THREADS' in config })
