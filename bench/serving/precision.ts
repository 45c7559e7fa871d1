import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { toPrecision } from '../../src/onnx/precision/to-precision.ts'
import { makeModels } from './models.ts'
import type { Part, PartOptions } from './part.ts'
import { interleave, type Series, series } from './slices.ts'
import { ratios } from './statistics.ts'
import { type Measure, measureTable, table } from './table.ts'

const PRECISIONS = ['fp16', 'int8'] as const

/** What weights in fewer bits cost in time, and save in bytes. */
export const precision: Part = async (options) => {
  const { mobilenet, medium } = await makeModels()
  const measured = [
    await measureModel({ name: 'MobileNetV2', file: mobilenet }, options),
    await measureModel({ name: '5 ms a row', file: medium }, options),
  ]
  return {
    title: 'Weights as fp16 and int8',
    blocks: [
      INTRODUCTION,
      measureTable(measured.flatMap(({ times }) => times)),
      table(
        ['', 'bytes', 'of fp32', 'gzip', 'of fp32', 'ms to load'],
        measured.flatMap(({ sizes }) => sizes),
      ),
    ],
  }
}

interface Model {
  readonly name: string
  readonly file: string
}

async function measureModel({ name, file }: Model, { rounds, seconds }: PartOptions) {
  const fp32 = await readFile(file)
  const original = await open(fp32, seconds)
  const others: ({ readonly precision: string; readonly bytes: Uint8Array } & Opened)[] = []
  for (const one of PRECISIONS) {
    const { bytes } = toPrecision(fp32, one)
    others.push({ precision: one, bytes, ...(await open(bytes, seconds)) })
  }
  await interleave([original.runs, ...others.map(({ runs }) => runs)], rounds)
  const times: Measure[] = [
    { what: `${name}, fp32: ms per run`, values: original.runs.slices, digits: 2 },
    ...others.map(({ precision: one, runs }) => ({
      what: `${name}, ${one}: time of fp32`,
      values: ratios(runs.slices, original.runs.slices),
      digits: 2,
      goal: { atMost: 1.05 },
    })),
  ]
  const all = [{ precision: 'fp32', bytes: fp32, ...original }, ...others]
  return { times, sizes: all.map((one) => describeSize(`${name}, ${one.precision}`, one, fp32)) }
}

interface Opened {
  /** Milliseconds per run. */
  readonly runs: Series<number>
  readonly loadMs: number
}

/** On one thread, as a device's own: what is measured is arithmetic, not scheduling. */
async function open(bytes: Uint8Array, seconds: number): Promise<Opened> {
  const start = performance.now()
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const loadMs = performance.now() - start
  const [name = ''] = session.inputNames
  const [input] = session.inputMetadata
  const shape = input?.isTensor ? input.shape.map((dim) => (typeof dim === 'number' ? dim : 1)) : []
  const values = Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, i) => Math.sin(i))
  const feeds = { [name]: new Tensor('float32', values, shape) }
  await session.run(feeds)
  return { loadMs, runs: series(() => timeRuns(() => session.run(feeds), seconds)) }
}

async function timeRuns(run: () => Promise<unknown>, seconds: number): Promise<number> {
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < seconds * 1000; count += 1) await run()
  return (performance.now() - start) / count
}

function describeSize(
  what: string,
  { bytes, loadMs }: { bytes: Uint8Array; loadMs: number },
  before: Uint8Array,
): string[] {
  const [gzip, gzipBefore] = [gzipSync(bytes).length, gzipSync(before).length]
  const part = (size: number, of: number) => `${((size / of) * 100).toFixed(1)} %`
  return [
    what,
    String(bytes.length),
    part(bytes.length, before.length),
    String(gzip),
    part(gzip, gzipBefore),
    loadMs.toFixed(0),
  ]
}

const INTRODUCTION = `Random weights, in process, one thread, one row a run. \`fp16\` are halves and a Cast, \`int8\` codes of 8 bits, a Cast and a Mul with a
scale per channel: onnxruntime computes both into float32 weights when it loads the model, and runs it as before. Random weights hold
nothing that gzip finds.`
