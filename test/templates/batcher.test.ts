import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Batcher, type BatchLimits } from '../../templates/fastify-onnx/base/src/ml/batcher.ts'
import { Call } from '../../templates/fastify-onnx/base/src/ml/call.ts'
import type { Engine } from '../../templates/fastify-onnx/base/src/ml/engine.ts'
import { CallerGone, DeadlineExceeded, QueueFull, ThreadDied } from '../../templates/fastify-onnx/base/src/ml/errors.ts'
import { openSession } from '../../templates/fastify-onnx/base/src/ml/session.ts'
import type { Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** Flowers that differ, by their number; the model's answers to each alone are what all others are compared with. */
const FLOWERS = 48
const OUTPUTS = ['probabilities']
const LIMITS: BatchLimits = { slots: 1, maxRows: 16, bestRows: 16, queueRows: 1e6, delayMs: 0, rowsPerSecond: 1e6 }

/** Trees add in one order, so batches give the same bits; the matrix product of iris rounds by the size of its batch. */
const FOREST = { file: join(MODELS, 'forest_classifier.onnx'), tolerance: 0 }
const IRIS = { file: join(ROOT, 'examples/iris/server/models/iris.onnx'), tolerance: 1e-6 }

/** The scores of one. */
type Flower = readonly number[]

interface Subject {
  readonly model: Engine
  readonly alone: readonly Flower[]
  readonly tolerance: number
}

async function open({ file, tolerance }: typeof FOREST): Promise<Subject> {
  const model = await openSession({ file, intraOpThreads: 1, inputs: ['float_input'], outputs: OUTPUTS })
  const alone: Flower[] = []
  for (let flower = 0; flower < FLOWERS; flower += 1) alone.push(...read(await model.infer(bouquet([flower]), OUTPUTS)))
  return { model, alone, tolerance }
}

let forest: Subject
let iris: Subject
beforeAll(async () => {
  forest = await open(FOREST)
  iris = await open(IRIS)
})
afterAll(() => Promise.all([forest.model.close(), iris.model.close()]))

function bouquet(flowers: readonly number[]): Tensors {
  const data = flowers.flatMap((flower) => [4 + flower / 16, 2 + (flower % 7) / 3, 1 + flower / 9, (flower % 5) / 2])
  return { float_input: { dtype: 'float32', shape: [flowers.length, 4], data: Float32Array.from(data) } }
}

function read({ probabilities }: Tensors): Flower[] {
  const [rows = 0, columns = 0] = probabilities?.shape ?? []
  const scores = Array.from({ length: rows * columns }, (_, index) => Number(probabilities?.data[index]))
  return Array.from({ length: rows }, (_, row) => scores.slice(columns * row, columns * (row + 1)))
}

/** The model, which counts its runs; and, as a real one may, fails on a batch that holds one of `poisoned`. */
function watched({ poisoned = new Set<number>(), slow = 0, model = forest.model } = {}) {
  const runs: number[] = []
  const engine: Engine = {
    async infer(tensors, outputs) {
      const first = tensors.float_input?.data ?? []
      runs.push(first.length / 4)
      if (slow > 0) await sleep(slow)
      for (let at = 0; at < first.length; at += 4) {
        if (poisoned.has(Math.round((Number(first[at]) - 4) * 16))) throw new Error('poisoned')
      }
      return model.infer(tensors, outputs)
    },
    close: async () => undefined,
  }
  return { engine, runs }
}

function makeBatcher(engine: Engine, limits: BatchLimits): Batcher {
  return new Batcher(engine, limits, {})
}

const caller = { id: 'test', origin: {}, timeoutMs: Number.POSITIVE_INFINITY, isGone: () => false }

describe.each([
  { name: 'a forest: bit for bit', subject: () => forest },
  { name: 'a linear model: within 1e-6', subject: () => iris },
])('over 50,000 interleavings of $name', ({ subject }) => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.nat(FLOWERS - 1), { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(fc.nat(FLOWERS - 1), { minLength: 7, maxLength: 40 }) },
    { weight: 2, arbitrary: fc.constant('tick' as const) },
  )
  const scene = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    maxRows: fc.integer({ min: 1, max: 17 }),
    poisoned: fc.option(fc.nat(FLOWERS - 1), { freq: 4 }),
    gone: fc.option(fc.nat(11), { freq: 4 }),
  })

  test('each request gets its own rows in their order, as it gets them alone, and fails only by itself', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ steps, maxRows, poisoned, gone }) => {
        const { engine } = watched({ poisoned: new Set(poisoned === null ? [] : [poisoned]), model: subject().model })
        const batcher = makeBatcher(engine, { ...LIMITS, maxRows })
        const asked: { flowers: readonly number[]; isGone: boolean; answer: Promise<Tensors | Error> }[] = []
        for (const [index, flowers] of steps.entries()) {
          if (flowers === 'tick') {
            await tick()
            continue
          }
          const isGone = index === gone
          const call = new Call({ ...caller, isGone: () => isGone })
          const answer = batcher.infer(bouquet(flowers), OUTPUTS, call).catch((error: Error) => error)
          asked.push({ flowers, isGone, answer })
        }
        for (const { flowers, isGone, answer } of asked) {
          const result = await answer
          if (isGone) expect(result).toBeInstanceOf(CallerGone)
          else if (poisoned !== null && flowers.includes(poisoned)) expect(result).toEqual(new Error('poisoned'))
          else if (result instanceof Error) throw result
          else if (!areAlone(read(result), flowers, subject())) throw new Error(`another answer for ${flowers.join()}`)
        }
        await tick()
        return batcher.queuedRows === 0 && batcher.running === 0
      }),
      { numRuns: 50_000 },
    )
  }, 600_000)
})

function areAlone(answers: readonly Flower[], flowers: readonly number[], { alone, tolerance } = forest): boolean {
  return (
    answers.length === flowers.length &&
    answers.every((scores, row) => {
      const expected = alone[flowers[row] ?? -1] ?? []
      return (
        scores.length === expected.length &&
        scores.every((score, column) => Math.abs(score - (expected[column] ?? Number.NaN)) <= tolerance)
      )
    })
  )
}

test('what arrives together is one run, and a lone request is not kept waiting', async () => {
  const { engine, runs } = watched()
  const batcher = makeBatcher(engine, LIMITS)
  await Promise.all([0, 1, 2, 3, 4].map((flower) => batcher.infer(bouquet([flower, flower]), OUTPUTS)))
  await batcher.infer(bouquet([5]), OUTPUTS)
  expect(runs).toEqual([10, 1])
})

test('while the model is busy the next batch fills', async () => {
  const { engine, runs } = watched({ slow: 500 })
  const batcher = makeBatcher(engine, LIMITS)
  const first = batcher.infer(bouquet([0]), OUTPUTS)
  await sleep(5)
  const others = [1, 2, 3].map(async (flower) => {
    await sleep(flower)
    return batcher.infer(bouquet([flower]), OUTPUTS)
  })
  await Promise.all([first, ...others])
  expect(runs).toEqual([1, 3])
})

test('a request beyond the largest batch is split, and its rows come back in their order', async () => {
  const { engine, runs } = watched()
  const flowers = Array.from({ length: 40 }, (_, index) => index)
  const answers = read(await makeBatcher(engine, LIMITS).infer(bouquet(flowers), OUTPUTS))
  expect(runs).toEqual([16, 16, 8])
  expect(areAlone(answers, flowers)).toBe(true)
})

test('without rows nothing is joined: each request is a run of its own', async () => {
  const { engine, runs } = watched()
  const batcher = makeBatcher(engine, { ...LIMITS, maxRows: null })
  await Promise.all([batcher.infer(bouquet([0, 1]), OUTPUTS), batcher.infer(bouquet([2, 3]), OUTPUTS)])
  expect(runs).toEqual([2, 2])
})

test('requests that want other outputs, or have rows of another shape, do not share a run', async () => {
  const { engine, runs } = watched()
  const batcher = makeBatcher(engine, LIMITS)
  const wide: Tensors = { float_input: { dtype: 'float32', shape: [1, 1, 4], data: new Float32Array(4) } }
  const [both, scores, , again] = await Promise.all([
    batcher.infer(bouquet([0]), ['label', 'probabilities']),
    batcher.infer(bouquet([1]), OUTPUTS),
    batcher.infer(wide, ['label', 'probabilities']).catch(() => undefined),
    batcher.infer(bouquet([2]), ['label', 'probabilities']),
  ])
  expect(Object.keys(both)).toEqual(['label', 'probabilities'])
  expect(Object.keys(scores)).toEqual(OUTPUTS)
  expect(areAlone(read(again), [2])).toBe(true)
  expect(runs).toEqual([2, 1, 1])
})

test('beyond the queue a request is refused with the time after which it may be tried again', async () => {
  const batcher = makeBatcher(watched().engine, { ...LIMITS, queueRows: 4, rowsPerSecond: 1 })
  const accepted = batcher.infer(bouquet([0, 1, 2]), OUTPUTS)
  const error = await batcher.infer(bouquet([3, 4]), OUTPUTS).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(QueueFull)
  expect(error).toMatchObject({ statusCode: 503, retryAfter: 3 })
  expect(areAlone(read(await accepted), [0, 1, 2])).toBe(true)
})

test('an empty queue takes a request that is larger than it: nobody could ever ask it otherwise', async () => {
  const batcher = makeBatcher(watched().engine, { ...LIMITS, queueRows: 4 })
  expect(read(await batcher.infer(bouquet([0, 1, 2, 3, 4, 5]), OUTPUTS))).toHaveLength(6)
})

test('what nobody waits for any more is not computed: its deadline has passed, or its caller has hung up', async () => {
  const { engine, runs } = watched({ slow: 40 })
  const batcher = makeBatcher(engine, LIMITS)
  const first = batcher.infer(bouquet([0]), OUTPUTS)
  await tick()
  const late = batcher.infer(bouquet([1, 1]), OUTPUTS, new Call({ ...caller, timeoutMs: 5 }))
  const gone = batcher.infer(bouquet([2, 2, 2]), OUTPUTS, new Call({ ...caller, isGone: () => true }))
  await expect(late).rejects.toThrow(DeadlineExceeded)
  await expect(gone).rejects.toThrow(CallerGone)
  await first
  expect(runs).toEqual([1])
})

test('a deadline is kept while the model runs, too', async () => {
  const batcher = makeBatcher(watched({ slow: 200 }).engine, LIMITS)
  const late = batcher.infer(bouquet([1]), OUTPUTS, new Call({ ...caller, timeoutMs: 5 }))
  await expect(late).rejects.toMatchObject({ statusCode: 504 })
})

test('a run whose thread has died is tried once more, and then answered 503', async () => {
  let deaths = 1
  const engine: Engine = {
    infer: (tensors, outputs) =>
      deaths-- > 0 ? Promise.reject(new ThreadDied('gone')) : forest.model.infer(tensors, outputs),
    close: async () => undefined,
  }
  const batcher = makeBatcher(engine, LIMITS)
  expect(areAlone(read(await batcher.infer(bouquet([7]), OUTPUTS)), [7])).toBe(true)
  deaths = 2
  await expect(batcher.infer(bouquet([7]), OUTPUTS)).rejects.toMatchObject({ statusCode: 503 })
})

test('with a maximum delay a batch waits for more, but not beyond its best size', async () => {
  const { engine, runs } = watched()
  const batcher = makeBatcher(engine, { ...LIMITS, delayMs: 10_000, bestRows: 3 })
  const first = batcher.infer(bouquet([0]), OUTPUTS)
  await sleep(20)
  expect(runs).toEqual([])
  await Promise.all([first, batcher.infer(bouquet([1, 2]), OUTPUTS)])
  expect(runs).toEqual([3])
  await batcher.close()
})

test('a batch that has waited for the maximum delay is run as it is', async () => {
  const { engine, runs } = watched()
  await makeBatcher(engine, { ...LIMITS, delayMs: 10 }).infer(bouquet([0]), OUTPUTS)
  expect(runs).toEqual([1])
})
