import { describe, expect, test } from 'vitest'
import {
  choosePlace,
  chooseSizes,
  gainOf,
  type Measured,
  type Resources,
} from '../../templates/fastify-onnx/base/src/ml/tuning.ts'

const MIB = 2 ** 20
const machine: Resources = {
  cores: 4,
  inferenceThreads: undefined,
  intraOpThreads: undefined,
  modelBytes: 10 * MIB,
  memoryBytes: 4096 * MIB,
}

function measured(ms: number, gain: number): Measured {
  return { alone: { rows: 1, ms }, gain }
}

describe('a run belongs', () => {
  test.each([
    ['on the event loop when it is short, with one thread', measured(0.03, 8), machine, [0, 1]],
    ['in one thread with all cores when batches gain', measured(5, 4), machine, [1, 4]],
    ['in a thread per core when they do not', measured(5, 1.05), machine, [4, 1]],
    [
      'on the event loop when there is one core and batches gain nothing',
      measured(5, 1),
      { ...machine, cores: 1 },
      [0, 1],
    ],
    ['in a thread when it is long, also with one core', measured(30, 1), { ...machine, cores: 1 }, [1, 1]],
    ['in a thread when batches gain, also with one core', measured(5, 4), { ...machine, cores: 1 }, [1, 1]],
    ['in no more threads than the memory has room for', measured(5, 1), { ...machine, modelBytes: 1024 * MIB }, [2, 2]],
    ['in one thread, however large the model is', measured(5, 1), { ...machine, modelBytes: 9000 * MIB }, [1, 4]],
    ['in as many threads as were set', measured(0.03, 1), { ...machine, inferenceThreads: 2 }, [2, 2]],
    [
      'on the event loop when that was set, whatever it takes',
      measured(50, 1),
      { ...machine, inferenceThreads: 0 },
      [0, 4],
    ],
    ['beside as many others as the threads of each leave', measured(5, 1), { ...machine, intraOpThreads: 2 }, [2, 2]],
    ['in threads of the number that was set', measured(5, 4), { ...machine, intraOpThreads: 3 }, [1, 3]],
  ] as const)('%s', (_, model, resources, [threads, intra]) => {
    const place = choosePlace(model, resources)
    expect([place.inferenceThreads, place.intraOpThreads]).toEqual([threads, intra])
  })

  test('within the cores, in all cases in which nothing was set by hand', () => {
    for (const cores of [1, 2, 3, 4, 7, 16]) {
      for (const ms of [0.01, 0.99, 1, 30, 2000]) {
        for (const gain of [0.5, 1, 1.2, 8]) {
          const place = choosePlace(measured(ms, gain), { ...machine, cores })
          expect(Math.max(1, place.inferenceThreads) * place.intraOpThreads).toBeLessThanOrEqual(cores)
        }
      }
    }
  })

  test('where the reason says, with what was measured', () => {
    expect(choosePlace(measured(0.0312, 8), machine).reason).toBe(
      'one row takes 0.031 ms: short enough for the event loop',
    )
    expect(choosePlace(measured(5, 4), machine).reason).toMatch(/^one row takes 5 ms, batches do 4 times as many rows/)
    expect(choosePlace(measured(5, 1), machine).reason).toMatch(/^one row takes 5 ms, batches gain nothing/)
    expect(choosePlace(measured(5, 1), { ...machine, inferenceThreads: 3 }).reason).toBe('INFERENCE_THREADS=3')
  })
})

test('the largest batch that was measured is the maximum, the smallest that is as fast as any the best', () => {
  const sizes = chooseSizes([
    { rows: 1, ms: 1 },
    { rows: 2, ms: 1.1 },
    { rows: 4, ms: 1.2 },
    { rows: 8, ms: 2 },
    { rows: 16, ms: 4.2 },
  ])
  expect(sizes).toMatchObject({ max: 16, best: 8 })
  expect(sizes.rowsPerSecond).toBeCloseTo(4000)
})

test('a batch of 8 in the time of one row gains 8, in the time of 8 nothing', () => {
  expect(gainOf({ rows: 1, ms: 2 }, { rows: 8, ms: 2 })).toBe(8)
  expect(gainOf({ rows: 1, ms: 2 }, { rows: 8, ms: 16 })).toBe(1)
})
