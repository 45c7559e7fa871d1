import { describe, expect, it, test } from 'vitest'
import { durationBuckets } from '../../templates/fastify-onnx/base/src/metrics/buckets.ts'
import { observeEventLoop } from '../../templates/fastify-onnx/base/src/metrics/event-loop-lag.ts'
import { Histogram } from '../../templates/fastify-onnx/base/src/metrics/histogram.ts'
import { LateRegistry } from '../../templates/fastify-onnx/base/src/metrics/late-registry.ts'
import { PredictedClasses } from '../../templates/fastify-onnx/base/src/metrics/predicted-classes.ts'
import { reasonOf } from '../../templates/fastify-onnx/base/src/metrics/reasons.ts'
import { addCounts, type MetricReport, writeMetrics } from '../../templates/fastify-onnx/base/src/metrics/report.ts'
import {
  CallerGone,
  DeadlineExceeded,
  ModelError,
  QueueFull,
  ThreadDied,
  Unavailable,
} from '../../templates/fastify-onnx/base/src/ml/errors.ts'
import { InvalidInput } from '../../templates/fastify-onnx/base/src/transforms/errors.ts'
import type { Contract } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

const contract: Contract = {
  name: 'sample',
  template: { name: 'fastify-onnx', version: '1' },
  model: { file: 'model.onnx', sha256: '', bytes: 0 },
  encoder: null,
  task: 'classification',
  rows: true,
  inputs: [],
  outputs: [],
  predict: { output: null, activation: 'none' },
  labels: ['cat', 'dog'],
  sample: { given: false, data: null, prediction: null },
  preprocess: { kind: 'none' },
  budget: null,
  server: { port: 8000 },
}

describe('durations', () => {
  it('have the latency budget as an edge, once, in its place', () => {
    expect(durationBuckets({ latencyP99Ms: 30 })).toContain(0.03)
    for (const latencyP99Ms of [0.01, 30, 100, 60_000]) {
      const edges = durationBuckets({ latencyP99Ms })
      expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b))
    }
    expect(durationBuckets({ latencyP99Ms: 100 })).toEqual(durationBuckets(null))
  })
})

describe('Histogram', () => {
  it('counts a value in the bucket whose upper edge it does not exceed, as Prometheus has it', async () => {
    const histogram = new Histogram({ name: 'h', help: 'H.', buckets: [1, 2] })
    for (const value of [0.5, 1, 1.5, 2, 2.5]) histogram.series().observe(value)
    expect(await writeMetrics([[histogram.report()]])).toBe(
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="2"} 4\nh_bucket{le="+Inf"} 5\nh_sum 7.5\nh_count 5\n',
    )
  })

  it('adds up over processes, series by series', async () => {
    const reports = [1, 2].map((value) => {
      const histogram = new Histogram({
        name: 'h',
        help: 'H.',
        buckets: [1],
        label: { name: 'stage', values: ['a', 'b'] },
      })
      histogram.series('a').observe(value)
      return [histogram.report()]
    })
    const text = await writeMetrics(reports)
    expect(text).toContain('h_bucket{le="1",stage="a"} 1\n')
    expect(text).toContain('h_count{stage="a"} 2\n')
    expect(text).toContain('h_sum{stage="a"} 3\n')
    expect(text).toContain('h_count{stage="b"} 0\n')
  })

  it('refuses a series that was not announced', () => {
    expect(() => new Histogram({ name: 'h', help: 'H.', buckets: [1] }).series('other')).toThrow(
      'h has no series "other"',
    )
  })
})

describe('the metrics of all processes', () => {
  const gauge = (name: string, value: number): MetricReport => ({
    name,
    help: 'G.',
    type: 'gauge',
    aggregator: 'average',
    values: [{ labels: {}, value }],
  })

  it('show the slowest event loop, not an average', async () => {
    const registry = new LateRegistry()
    registry.add(observeEventLoop())
    const fast = await registry.report()
    const slow = fast.map((metric) => ({ ...metric, values: [{ labels: {}, value: 7 }] }))
    const text = await writeMetrics([fast, slow, fast])
    for (const lag of ['lag', 'lag_max', 'lag_mean', 'lag_p50', 'lag_p90', 'lag_p99'])
      expect(text).toContain(`nodejs_eventloop_${lag}_seconds 7\n`)
    expect(text).not.toContain('nodejs_eventloop_lag_min_seconds 7\n')
  })

  it('keep the counts of those that have ended, and not their state', async () => {
    const counter = { ...gauge('c_total', 3), type: 'counter', aggregator: 'sum' }
    const ended = await addCounts([[counter, gauge('g', 1)], [counter]])
    const text = await writeMetrics([ended, [counter]])
    expect(text).toContain('c_total 9\n')
    expect(text).not.toContain('g 1')
  })
})

describe('PredictedClasses', () => {
  const scores = (rows: number[][]) => ({
    dtype: 'float32' as const,
    shape: [rows.length, rows[0]?.length ?? 0],
    data: Float32Array.from(rows.flat()),
  })
  /** A row of scores whose best is `best`. */
  const oneHot = (columns: number, best: number) =>
    Array.from({ length: columns }, (_, column) => Number(column === best))

  it('starts all classes at 0, and counts rows', () => {
    const classes = new PredictedClasses(contract)
    classes.count(
      scores([
        [0, 1],
        [0.2, 0.3],
        [1, 0],
      ]),
    )
    expect([...classes.entries()]).toEqual([
      ['cat', 1],
      ['dog', 2],
    ])
  })

  it('reads one score of two classes as the label routes do', () => {
    const classes = new PredictedClasses(contract)
    classes.count(scores([[0.4], [0.5], [0.6]]))
    expect([...classes.entries()]).toEqual([
      ['cat', 1],
      ['dog', 2],
    ])
  })

  it('leaves out what has no best score, or is no scores', () => {
    const classes = new PredictedClasses(contract)
    classes.count(scores([[Number.NaN, 1]]))
    classes.count({ dtype: 'string', shape: [1], data: ['cat'] })
    classes.count({ several: scores([[0, 1]]) })
    expect([...classes.entries()]).toEqual([
      ['cat', 0],
      ['dog', 0],
    ])
  })

  it('of more than 256 classes, counts those that come late together', () => {
    const classes = new PredictedClasses({ ...contract, labels: null })
    for (let column = 299; column >= 0; column -= 1) classes.count(scores([oneHot(300, column)]))
    classes.count(scores([oneHot(300, 299)]))
    const counts = new Map(classes.entries())
    expect(counts.size).toBe(257)
    expect(counts.get('(other)')).toBe(44)
    expect(counts.get('299')).toBe(2)
    expect(counts.has('43')).toBe(false)
  })
})

test.each([
  [new QueueFull('full'), 'queue_full'],
  [new ThreadDied('died'), 'thread_died'],
  [new Unavailable('not yet'), 'unavailable'],
  [new DeadlineExceeded('late'), 'deadline'],
  [new CallerGone('gone'), 'caller_gone'],
  [new InvalidInput({ pointer: '', detail: 'no' }), 'invalid'],
  [Object.assign(new Error('schema'), { validation: [] }), 'invalid'],
  [Object.assign(new Error('large'), { statusCode: 413 }), 'too_large'],
  [Object.assign(new Error('where'), { statusCode: 405 }), 'not_found'],
  [new ModelError('ours'), 'error'],
  [new Error('anything'), 'error'],
])('%s is counted as %s', (error, reason) => {
  expect(reasonOf(error)).toBe(reason)
})
