import { readFileSync } from 'node:fs'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { type ModelProto, ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { fixture, readAll, writeBytes } from './support.ts'

/** Runs the stored model's output `name` for a batch of float rows. */
async function run(path: string, name: string, rows: readonly number[][]): Promise<number[]> {
  const { content, inputs } = await readModel(path)
  const session = await InferenceSession.create(await readAll(content))
  const data = Float32Array.from(rows.flat())
  const results = await session.run(
    { [inputs[0]?.name ?? '']: new Tensor('float32', data, [rows.length, data.length / rows.length]) },
    [name],
  )
  return Array.from(results[name]?.data ?? [], Number)
}

const FLOWERS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.7, 3.0, 5.2, 2.3],
]

describe('a model with its ZipMap stripped', () => {
  // What onnxruntime answers for the unchanged models, as dictionaries.
  test.each(['zipmap_int_labels', 'zipmap_string_labels'])(
    '%s loads in onnxruntime and gives the same probabilities',
    async (name) => {
      const [first, , , , , last] = await run(fixture(name), 'probabilities', FLOWERS)
      expect(first).toBeCloseTo(0.9847032, 6)
      expect(last).toBeCloseTo(0.9610115, 6)
    },
  )

  test.each([
    ['zipmap_with_value_info', 'scores', [0.26894143, 0.7310586]],
    ['zipmap_beside_scores', 'scores', [0.26894143, 0.7310586]],
    ['two_zipmaps', 'b', [0.7310586, 0.26894143]],
  ])('%s loads in onnxruntime', async (name, output, expected) => {
    const [first, second] = await run(fixture(name), output, [[1, 2]])
    expect(first).toBeCloseTo(expected[0] ?? Number.NaN, 6)
    expect(second).toBeCloseTo(expected[1] ?? Number.NaN, 6)
  })

  test('says what was taken out', async () => {
    expect((await readModel(fixture('two_zipmaps'))).stripped).toEqual([
      { op: 'ZipMap', output: 'a_maps', tensor: 'a' },
      { op: 'ZipMap', output: 'b_maps', tensor: 'b' },
    ])
  })

  test('declares the tensor once', async () => {
    const { content } = await readModel(fixture('zipmap_with_value_info'))
    const graph = fromBinary(ModelProtoSchema, await readAll(content)).graph
    expect(graph?.valueInfo).toEqual([])
    expect(graph?.output.map(({ name }) => name)).toEqual(['scores'])
  })

  test('is stripped once: the stored model is read as it is', async () => {
    const stored = await readAll((await readModel(fixture('zipmap_int_labels'))).content)
    const again = await readModel(await writeBytes(stored))
    expect(again.stripped).toEqual([])
    expect(await readAll(again.content)).toEqual(stored)
    expect(again.classLabels).toEqual([0, 1, 2])
  })
})

describe('what is not the ZipMap', () => {
  test('keeps every byte: the file ranges are in order, and leave out the node, the output and the length only', async () => {
    const path = fixture('zipmap_int_labels')
    const source = readFileSync(path)
    const { content } = await readModel(path)
    const model = fromBinary(ModelProtoSchema, source)
    const zipMap = model.graph?.node.find(({ opType }) => opType === 'ZipMap')
    const output = model.graph?.output.find(({ name }) => name === 'output_probability')
    let end = 0
    const gaps: number[] = []
    for (const segment of content) {
      if (segment.kind === 'bytes') continue
      if (segment.start > end) gaps.push(segment.start - end)
      expect(segment.start).toBeGreaterThanOrEqual(end)
      end = segment.end
    }
    expect(end).toBe(source.length)
    const sizes = [zipMap && toBinary(NodeProtoSchema, zipMap), output && toBinary(ValueInfoProtoSchema, output)]
    // Tag and length are two bytes for each part, three for the graph.
    expect(gaps).toEqual([3, ...sizes.map((bytes) => (bytes?.length ?? 0) + 2)])
  })

  test('keeps fields that we do not know, wherever they are', async () => {
    const source = readFileSync(fixture('zipmap_string_labels'))
    const unknownFields = fc.array(
      fc.record({ no: fc.integer({ min: 100, max: 5000 }), data: fc.uint8Array({ maxLength: 3000 }) }),
      { maxLength: 3 },
    )
    await fc.assert(
      fc.asyncProperty(unknownFields, unknownFields, unknownFields, async (inModel, inGraph, inNode) => {
        const model = fromBinary(ModelProtoSchema, source)
        model.$unknown = encodeUnknown(inModel)
        if (model.graph) model.graph.$unknown = encodeUnknown(inGraph)
        if (model.graph?.node[0]) model.graph.node[0].$unknown = encodeUnknown(inNode)
        const path = await writeBytes(toBinary(ModelProtoSchema, model))
        const bytes = await readAll((await readModel(path)).content)
        const stored = fromBinary(ModelProtoSchema, Uint8Array.from(bytes))
        expect(untouched(stored)).toEqual(untouched(model))
      }),
      { numRuns: 50 },
    )
  })
})

describe('a ZipMap that cannot be taken out', () => {
  test('in a subgraph is refused by name', async () => {
    await expect(readModel(fixture('zipmap_in_if'))).rejects.toMatchObject({
      code: 'invalid',
      hint: "Convert the model without it: to_onnx(..., options={'zipmap': False}).",
      issues: [
        { message: 'ZipMap "else_maps" is in else_branch of If "choose"' },
        { message: 'ZipMap "then_maps" is in then_branch of If "choose"' },
      ],
    })
  })

  test('before other nodes is refused by name', async () => {
    await expect(readModel(fixture('zipmap_not_last'))).rejects.toMatchObject({
      code: 'invalid',
      issues: [{ message: 'the ZipMap of "maps" feeds a SequenceLength' }],
    })
  })
})

type Unknown = { no: number; data: Uint8Array }

/** As the decoder keeps them: the data of a length-delimited field begins with its length. */
const encodeUnknown = (fields: readonly Unknown[]) =>
  fields.map(({ no, data }) => ({ no, wireType: 2, data: Uint8Array.from([...varint(data.length), ...data]) }))

const varint = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >> 7])

/** All of a model but the ZipMap and its output, as bytes. */
function untouched(model: ModelProto) {
  const { graph } = model
  const outputs = graph?.output.filter(({ name }) => name !== 'output_probability' && name !== 'probabilities')
  return {
    model: model.$unknown ?? [],
    graph: graph?.$unknown ?? [],
    nodes: graph?.node.filter(({ opType }) => opType !== 'ZipMap').map((node) => toBinary(NodeProtoSchema, node)),
    ports: [...(graph?.input ?? []), ...(outputs ?? [])].map((port) => toBinary(ValueInfoProtoSchema, port)),
    rest: [model.irVersion, model.producerName, model.opsetImport.map(({ domain, version }) => [domain, version])],
  }
}
