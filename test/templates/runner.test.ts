import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { Runner, type RunnerOptions } from '../../templates/fastify-onnx/base/src/ml/runner.ts'
import type { Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { MODELS } from '../helpers/paths.ts'

const opened: Runner[] = []
afterEach(() => Promise.all(opened.splice(0).map((runner) => runner.close())))

async function open(model: string, options: Partial<RunnerOptions> = {}): Promise<Runner> {
  const runner = await Runner.open({
    model: { file: join(MODELS, `${model}.onnx`), inputs: [], outputs: [], encoder: null },
    rows: 'many',
    resources: {
      cores: 2,
      inferenceThreads: undefined,
      intraOpThreads: undefined,
      modelBytes: 20_000,
      memoryBytes: 2 ** 30,
    },
    maxRows: undefined,
    queueRows: undefined,
    delayMs: 0,
    maxBatchMs: 50,
    ...options,
  })
  opened.push(runner)
  return runner
}

function rows(count: number, columns: number, name = 'x'): Tensors {
  const data = Float32Array.from({ length: count * columns }, (_, index) => index / 8)
  return { [name]: { dtype: 'float32', shape: [count, columns], data } }
}

test('a tiny model runs on the event loop, in batches', async () => {
  const { place, limits } = await (await open('forest_classifier')).tune(rows(1, 4, 'float_input'), ['probabilities'])
  expect(place).toMatchObject({ inferenceThreads: 0, intraOpThreads: 1 })
  expect(limits.slots).toBe(1)
  expect(limits.maxRows).toBeGreaterThan(1)
})

test('a slow model that gains nothing from batches runs in threads, one row at a time', async () => {
  const { place, limits } = await (await open('slow')).tune(rows(1, 4), ['y'])
  expect(place).toMatchObject({ inferenceThreads: 2, intraOpThreads: 1 })
  expect(limits).toMatchObject({ slots: 2, maxRows: 1 })
})

test('rows of a model that looks at all of them are never joined with those of others, nor split', async () => {
  const runner = await open('batch_norm', { maxRows: 2 })
  expect((await runner.tune(rows(1, 2), ['y'])).limits.maxRows).toBeNull()
  const [three, one] = await Promise.all([runner.infer(rows(3, 2), ['y']), runner.infer(rows(1, 2), ['y'])])
  expect(three.y?.data).toEqual(Float32Array.of(-0.25, -0.25, 0, 0, 0.25, 0.25))
  expect(one.y?.data).toEqual(Float32Array.of(0, 0))
})

test('a model that takes one row answers several, run one by one', async () => {
  const runner = await open('leading_1', { rows: 'one' })
  const { limits } = await runner.tune(rows(1, 3), ['y'])
  expect(limits.maxRows).toBe(1)
  expect((await runner.infer(rows(3, 3), ['y'])).y?.shape).toEqual([3, 3])
})

test('requests wait until it is known how they are to be run', async () => {
  const runner = await open('slow')
  const early = runner.infer(rows(1, 4), ['y'])
  await sleep(20)
  expect(runner.queuedRows).toBe(1)
  await runner.tune(rows(1, 4), ['y'])
  expect((await early).y?.shape).toEqual([1, 16])
})

test('a model that could not be measured runs in a thread', async () => {
  const { place } = await (await open('slow')).startUnmeasured()
  expect(place.inferenceThreads).toBe(1)
})

test('what was set by hand is kept', async () => {
  const resources = { cores: 2, inferenceThreads: 1, intraOpThreads: 1, modelBytes: 1, memoryBytes: 2 ** 30 }
  const runner = await open('forest_classifier', { resources, maxRows: 5, queueRows: 7 })
  const { place, limits } = await runner.tune(rows(1, 4, 'float_input'), ['probabilities'])
  expect(place).toMatchObject({ inferenceThreads: 1, intraOpThreads: 1, reason: 'INFERENCE_THREADS=1' })
  expect(limits).toMatchObject({ slots: 1, maxRows: 5, queueRows: 7 })
})

test('threads give the bits that the event loop gives', async () => {
  const inputs = rows(9, 4, 'float_input')
  const [inline, threaded] = await Promise.all(
    [0, 2].map(async (inferenceThreads) => {
      const resources = { cores: 2, inferenceThreads, intraOpThreads: 1, modelBytes: 1, memoryBytes: 2 ** 30 }
      const runner = await open('forest_classifier', { resources })
      await runner.tune(inputs, ['label', 'probabilities'])
      return runner.infer(inputs, ['label', 'probabilities'])
    }),
  )
  expect(threaded).toEqual(inline)
})

test('the input of a run in a thread is left as it was', async () => {
  const resources = { cores: 1, inferenceThreads: 1, intraOpThreads: 1, modelBytes: 1, memoryBytes: 2 ** 30 }
  const runner = await open('forest_classifier', { resources })
  const inputs = rows(2, 4, 'float_input')
  await runner.tune(inputs, ['label'])
  await runner.infer(inputs, ['label'])
  expect(inputs).toEqual(rows(2, 4, 'float_input'))
})

test('a thread that dies is replaced, and what it ran is run again', async () => {
  const threads: Worker[] = []
  const remember = (thread: Worker) => threads.push(thread)
  process.on('worker', remember)
  const resources = { cores: 1, inferenceThreads: 1, intraOpThreads: 1, modelBytes: 1, memoryBytes: 2 ** 30 }
  const runner = await open('slow', { resources })
  await runner.tune(rows(1, 4), ['y'])
  const expected = await runner.infer(rows(1, 4), ['y'])
  const asked = Array.from({ length: 5 }, () => runner.infer(rows(1, 4), ['y']))
  const [thread] = threads
  if (thread === undefined) throw new Error('no thread')
  // What no thread can read ends it, between two runs: the second is on its way to it then.
  await Promise.all([
    tick().then(() => thread.postMessage(null)),
    new Promise((resolve) => thread.once('exit', resolve)),
  ])
  expect(await Promise.all(asked)).toEqual(asked.map(() => expected))
  expect(threads).toHaveLength(2)
  process.off('worker', remember)
})
