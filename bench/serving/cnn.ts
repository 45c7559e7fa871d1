import { join } from 'node:path'
import { measureHttp } from './cnn-http.ts'
import { measureThreads } from './cnn-threads.ts'
import { buildClassifier } from './generated.ts'
import { makeModels } from './models.ts'
import type { Part } from './part.ts'
import { measureTable } from './table.ts'

/** A mid-size CNN that is sent photos: what HTTP and scheduling leave of the model's own speed, and what a second thread adds. */
export const cnn: Part = async ({ folder, rounds, seconds }) => {
  const { mobilenet } = await makeModels()
  const target = await buildClassifier(folder, mobilenet)
  const setup = { folder, target, model: mobilenet, photo: join(folder, 'photo.jpg'), rounds, seconds }
  const overHttp = await measureHttp(setup)
  const threads = await measureThreads(setup)
  return {
    title: 'Serving a mid-size CNN (MobileNetV2)',
    blocks: [INTRODUCTION, measureTable([...overHttp, ...threads]), ...(threads.length === 0 ? [NO_THREADS] : [])],
  }
}

const INTRODUCTION = `Random weights. Over HTTP: a 640x480 JPEG as the body, server and client each on a core of their own, against a
loop in one process on the server's core: the server's own decode and preprocess, then one \`session.run()\`, one photo after the
other. Threads: the server's predictor in process, without HTTP, on both cores, 8 callers at once, one thread per run; *tensors* are
prepared before, *photos* are decoded and prepared by the same two cores.`

const NO_THREADS = 'Threads were not measured: the server knows no `INFERENCE_THREADS`.'
