import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
} from '../../../src/onnx/onnx_pb.ts'

type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, { $typeName: string }>
type TensorInit = NonNullable<GraphInit['initializer']>[number]

/** Numbers that look random and are the same in every run, within (-1, 1): a multiplicative hash of their place. */
export function noise(size: number, seed = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const mixed = Math.imul((i + 1) * 2 ** 8 + seed, 0x9e3779b1)
    return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) / 2 ** 31
  })
}

/** A float32 initialiser, noise unless values are given. */
export function weight(name: string, dims: readonly number[], values?: Float32Array): TensorInit {
  const data = values ?? noise(dims.reduce((size, dim) => size * dim, 1))
  return { name, dims: dims.map(BigInt), dataType: 1, rawData: new Uint8Array(data.buffer, 0, data.byteLength) }
}

export function port(name: string, dims: readonly number[], elemType = 1) {
  const dim = dims.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }))
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } }
}

/** An integer attribute. */
export function integer(name: string, i: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: 2, i: BigInt(i) })
}

/** A list of integers. */
export function integers(name: string, ints: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: 7, ints: ints.map(BigInt) })
}

export function encode(graph: GraphInit, { opset = 17, irVersion = 8 } = {}): Uint8Array {
  const opsetImport = [{ domain: '', version: BigInt(opset) }]
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: BigInt(irVersion), opsetImport, graph: { name: 'graph', ...graph } }),
  )
}

/** What a model (its bytes, or where it is) answers, each output as numbers. */
export async function answer(
  model: Uint8Array | string,
  feeds: Record<string, Tensor>,
): Promise<Record<string, number[]>> {
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1 } as const
  const opened =
    typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options)
  const session = await opened
  const results = await session.run(feeds)
  await session.release()
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]))
}

export function feed(dims: readonly number[]): Tensor {
  return new Tensor(
    'float32',
    noise(
      dims.reduce((size, dim) => size * dim, 1),
      3,
    ),
    [...dims],
  )
}

/** The largest distance of two lists, as a part of the largest value. NaN and infinities have to be the same. */
export function distance(a: readonly number[], b: readonly number[]): number {
  const largest = a.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1e-6)
  return a.reduce((most, value, i) => {
    const other = b[i] ?? Number.NaN
    return Object.is(value, other) ? most : Math.max(most, Math.abs(value - other) / largest)
  }, 0)
}
