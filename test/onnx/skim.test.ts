import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { FileWindow } from '../../src/onnx/file-window.ts'
import { AttributeProtoSchema, type ModelProto, ModelProtoSchema, TensorProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { openModel } from '../../src/onnx/open-model.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { skimModel } from '../../src/onnx/skim.ts'
import { encodePrefix } from '../../src/onnx/wire.ts'
import { classifier, encodeModel, FIXTURES, fixture, makeFolder, node, writeBytes } from './support.ts'

describe('skimming', () => {
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.onnx'))

  test.each(names)('%s gives what decoding all of it gives, but the values of large tensors', (name) => {
    const path = fixture(name.replace('.onnx', ''))
    const whole = fromBinary(ModelProtoSchema, readFileSync(path), { readUnknownFields: false })
    expect(toBinary(ModelProtoSchema, withoutLargeValues(skim(path)))).toEqual(
      toBinary(ModelProtoSchema, withoutLargeValues(whole)),
    )
  })

  test('steps over the values of a large tensor and keeps those of a small one', () => {
    const [large, , , small] = skim(fixture('image')).graph?.initializer ?? []
    expect(large).toMatchObject({ name: 'w1', dims: [12n, 3n, 3n, 3n], rawData: new Uint8Array() })
    expect(small?.rawData).toHaveLength(20)
  })

  test('knows where every node and output is in the file', () => {
    const path = fixture('zipmap_string_labels')
    const source = readFileSync(path)
    const fd = openSync(path, 'r')
    const { graph, nodes, outputs } = skimModel(new FileWindow(fd, source.length))
    closeSync(fd)
    expect(nodes.map(({ payload, end }) => source.subarray(payload, end).includes('ZipMap'))).toEqual(
      graph.node.map(({ opType }) => opType === 'ZipMap'),
    )
    expect(outputs.map(({ payload, end }) => source.subarray(payload, end).includes('output_label'))).toEqual([
      true,
      false,
    ])
  })

  // Neither readFileSync nor a Buffer could hold it: only stepping over the weights gets to the end.
  test('reads a model of 6 GB', async () => {
    const path = await writeSparseModel(6_000_000_000)
    const { skimmed, size } = openModel(path)
    expect(size).toBeGreaterThan(6_000_000_000)
    expect(skimmed.graph.initializer.map(({ name, dims }) => [name, dims])).toEqual([['weights', [1_500_000_000n]]])
    expect(skimmed.graph.output.map(({ name }) => name)).toEqual(['y'])
  })

  test('keeps class labels however many there are, and leaves out the numbers of a tree ensemble', async () => {
    const labels = Array.from({ length: 20_000 }, (_, index) => BigInt(index))
    const nodeWithTrees = classifier('x', 'scores', labels)
    nodeWithTrees.attribute?.push(
      create(AttributeProtoSchema, { name: 'nodes_values', floats: Array.from({ length: 100_000 }, () => 0.5) }),
    )
    const path = await writeBytes(encodeModel({ node: [nodeWithTrees] }, ['scores']))
    expect((await readModel(path)).classLabels).toHaveLength(20_000)
    const attributes = skim(path).graph?.node[0]?.attribute
    expect(attributes?.map(({ name, floats }) => [name, floats.length])).toEqual([
      ['classlabels_ints', 0],
      ['nodes_values', 0],
    ])
  })

  test('finds a graph behind large attributes', async () => {
    const inner = { name: 'body', node: [node('Neg', ['x'], ['z'], { name: 'n'.repeat(5000) })] }
    const attribute = [create(AttributeProtoSchema, { name: 'then_branch', g: inner })]
    const path = await writeBytes(encodeModel({ node: [node('If', ['x'], ['y'], { attribute })] }, ['y']))
    expect((await readModel(path)).ops).toEqual({ If: 1, Neg: 1 })
  })
})

function skim(path: string): ModelProto {
  const fd = openSync(path, 'r')
  try {
    return skimModel(new FileWindow(fd, statSync(path).size)).model
  } finally {
    closeSync(fd)
  }
}

/** Large attributes and tensors keep their name and shape. */
function withoutLargeValues(model: ModelProto): ModelProto {
  for (const tensor of model.graph?.initializer ?? []) tensor.rawData = tensor.rawData.subarray(0, 0)
  for (const { attribute } of model.graph?.node ?? []) {
    for (const [index, { name, floats, ints, strings }] of attribute.entries()) {
      if (floats.length + ints.length + strings.length > 30) attribute[index] = create(AttributeProtoSchema, { name })
    }
  }
  return model
}

/** A valid model whose one tensor is a hole of `bytes` zeros, which take no space on disk. */
async function writeSparseModel(bytes: number): Promise<string> {
  const path = `${await makeFolder()}/model.onnx`
  const model = fromBinary(ModelProtoSchema, encodeModel({ node: [node('Add', ['x', 'weights'], ['y'])] }, ['y']))
  const encoded = Buffer.from(toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: model.graph })))
  const graph = encoded.subarray(encoded.length - (encoded[1] ?? 0))
  const tensor = toBinary(
    TensorProtoSchema,
    create(TensorProtoSchema, { name: 'weights', dataType: 1, dims: [BigInt(bytes / 4)] }),
  )
  const values = encodePrefix(9, bytes)
  const initializer = encodePrefix(5, tensor.length + values.length + bytes)
  const length = initializer.length + tensor.length + values.length + bytes + graph.length
  const head = Buffer.from([0x08, 0x08, ...encodePrefix(7, length), ...initializer, ...tensor, ...values])
  const file = await open(path, 'w')
  await file.write(head)
  await file.write(Buffer.from([...graph, 0x42, 0x02, 0x10, 0x11]), 0, null, head.length + bytes)
  await file.close()
  return path
}
