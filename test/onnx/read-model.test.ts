import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import type { ModelPort } from '../../src/onnx/facts.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { findCustomOps } from '../../src/onnx/operators.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { listWarnings } from '../../src/onnx/warnings.ts'
import { classifier, encodeModel, FIXTURES, fixture, node, readAll, writeBytes } from './support.ts'

const SIGNATURES: Record<string, string> = {
  all_dtypes:
    'float32 float32(batch,2), float64 float64(batch,2), float16 float16(batch,2), int8 int8(batch,2), int16 int16(batch,2), int32 int32(batch,2), int64 int64(batch,2), uint8 uint8(batch,2), uint16 uint16(batch,2), uint32 uint32(batch,2), uint64 uint64(batch,2), bool bool(batch,2), string string(batch,2)' +
    ' -> float32_out float32(batch,2), float64_out float64(batch,2), float16_out float16(batch,2), int8_out int8(batch,2), int16_out int16(batch,2), int32_out int32(batch,2), int64_out int64(batch,2), uint8_out uint8(batch,2), uint16_out uint16(batch,2), uint32_out uint32(batch,2), uint64_out uint64(batch,2), bool_out bool(batch,2), string_out string(batch,2)',
  batch_norm: 'x float32(batch,2) -> y float32(batch,2)',
  bfloat16: 'x bfloat16!(batch,2) -> y bfloat16!(batch,2)',
  binary_classifier: 'float_input float32(?,4) -> label int64(?), probabilities float32(?,2)',
  classifier_no_zipmap: 'float_input float32(?,4) -> label int64(?), probabilities float32(?,3)',
  classifier_string_labels_no_zipmap: 'float_input float32(?,4) -> label string(?), probabilities float32(?,3)',
  cluster: 'X float32(?,4) -> label int64(?), scores float32(?,3)',
  custom_operator: 'x float32(batch,2) -> y float32(batch,2)',
  external_data: 'x float32(batch,4) -> y float32(batch,2)',
  float16: 'x float16(batch,2) -> y float16(batch,2)',
  encoder: 'pixels float32(batch,3,8,8) -> features float32(batch,16)',
  encoder_with_head: 'pixels float32(batch,3,8,8) -> scores float32(batch,4)',
  forest_classifier: 'float_input float32(?,4) -> label int64(?), probabilities float32(?,3)',
  head: 'h float32(batch,16) -> scores float32(batch,4)',
  image: 'pixels float32(1,3,8,8) -> logits float32(1,5)',
  int64: 'x int64(batch,2) -> y int64(batch,2)',
  ir_version_3: 'x float32(batch,2) -> y float32(batch,2)',
  leading_1: 'x float32(1,3) -> y float32(1,3)',
  leading_2: 'x float32(2,3) -> y float32(2,3)',
  multi_output_classifier: 'float_input float32(?,4) -> label int64(?,2), probabilities sequence<float32>!',
  no_inputs: ' -> y float32(2)',
  no_shape: 'x float32 -> y float32',
  optional_input: 'x float32(batch,2) -> y float32(batch,2)',
  optional_output: 'x float32(2) -> maybe optional<float32>!',
  outlier: 'X float32(?,4) -> label int64(?,1), scores float32(?,1)',
  regressor_float64: 'X float64(?,10) -> variable float64(?,1)',
  scalars: 'a float32(), b float32() -> sum float32()',
  sequence_output: 'x float32(batch,2) -> parts sequence<float32>!',
  several_outputs: 'x float32(batch,2) -> minus float32(batch,2), magnitude float32(batch,2), size int64(2)',
  slow: 'x float32(batch,4) -> y float32(batch,16)',
  sparse: 'x float32(batch,4) -> y float32(batch,4)',
  string_input: 'colour string(?,1), size string(?,1) -> label int64(?), probabilities float32(?,2)',
  subgraph_and_function: 'x float32(batch,2), flag bool() -> y float32(batch,2)',
  two_inputs: 'x float32(batch,3), ids int64(batch,1) -> y float32(batch,3)',
  two_zipmaps: 'x float32(rows,2) -> a float32(rows,2), b float32(rows,2)',
  unnamed_dims: 'x float32(?,?) -> y float32(?,?)',
  zero_dim: 'x float32(batch,2), empty float32(batch,0) -> y float32(batch,2)',
  zipmap_beside_scores: 'x float32(rows,2) -> scores float32(rows,2)',
  zipmap_columns: 'float_input float32(?,4) -> output_label int64(?), i0 float32(?), i1 float32(?), i2 float32(?)',
  zipmap_int_labels: 'float_input float32(?,4) -> output_label int64(?), probabilities float32(?,3)',
  zipmap_string_labels: 'float_input float32(?,4) -> output_label string(?), probabilities float32(?,3)',
  zipmap_with_value_info: 'x float32(rows,2) -> scores float32(rows,2)',
}

const REFUSED = ['zipmap_in_if', 'zipmap_not_last']

/** `name type(dims)`; `!` marks a type that we do not serve. */
const signature = (ports: readonly ModelPort[]) =>
  ports
    .map(({ name, type, dtype, shape }) => {
      const dims = shape ? `(${shape.map((dim) => dim ?? '?').join(',')})` : ''
      return `${name} ${type}${dtype === null ? '!' : ''}${dims}`
    })
    .join(', ')

describe('the signature', () => {
  test('is told for every fixture', () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.onnx'))
    expect([...Object.keys(SIGNATURES), ...REFUSED].sort()).toEqual(
      names.map((name) => name.replace('.onnx', '')).sort(),
    )
  })

  test.each(Object.entries(SIGNATURES))('of %s is read', async (name, expected) => {
    const { inputs, outputs } = await readModel(fixture(name))
    expect(`${signature(inputs)} -> ${signature(outputs)}`).toBe(expected)
  })

  test('leaves out an input that has a default, and says so', async () => {
    const { optionalInputs, warnings } = await readModel(fixture('optional_input'))
    expect(optionalInputs).toEqual(['factor'])
    expect(warnings).toEqual(['Inputs with a default in the model are not asked for, the default is used: factor.'])
  })

  test('takes no weight for an optional input before IR version 4', async () => {
    expect((await readModel(fixture('ir_version_3'))).optionalInputs).toEqual([])
  })
})

describe('the stored model', () => {
  test('has the size and hash of its bytes; nothing is changed where nothing was stripped', async () => {
    const path = fixture('image')
    const { bytes, sha256, content } = await readModel(path)
    const source = readFileSync(path)
    expect(bytes).toBe(source.length)
    expect(sha256).toBe(createHash('sha256').update(source).digest('hex'))
    expect(await readAll(content)).toEqual(source)
  })

  test('says who made it, for which opsets and IR version', async () => {
    const { producer, opsets, irVersion } = await readModel(fixture('zipmap_int_labels'))
    expect({ producer, opsets, irVersion }).toEqual({
      producer: expect.stringMatching(/^skl2onnx \d/),
      opsets: { 'ai.onnx': 17, 'ai.onnx.ml': 1 },
      irVersion: 8,
    })
  })

  test('counts operators in subgraphs and local functions, but no stripped ZipMap', async () => {
    expect((await readModel(fixture('subgraph_and_function'))).ops).toEqual({
      Add: 3,
      Constant: 2,
      If: 1,
      'example.math.Twice': 1,
    })
    expect(Object.keys((await readModel(fixture('zipmap_int_labels'))).ops)).toEqual([
      'Cast',
      'ai.onnx.ml.LinearClassifier',
      'ai.onnx.ml.Normalizer',
      'ai.onnx.ml.Scaler',
    ])
  })

  test.each([
    ['image', 4, 4 * (12 * 3 * 9 + 16 * 12 * 9 + 16 * 5 + 5)],
    ['subgraph_and_function', 2, 16],
    ['sparse', 1, 24],
    ['external_data', 2, 40],
    ['regressor_float64', 3, 80 + 8 + 16],
  ])('%s keeps %i parameters of %i bytes', async (name, count, bytes) => {
    const { parameters, parameterBytes } = await readModel(fixture(name))
    expect([parameters.length, parameterBytes]).toEqual([count, bytes])
  })

  test('names custom operators, and not those of its own functions', async () => {
    expect((await readModel(fixture('custom_operator'))).customOps).toEqual(['org.example.Frobnicate'])
    expect((await readModel(fixture('subgraph_and_function'))).customOps).toEqual([])
  })

  test('names training operators, which onnxruntime-node has none of, and not those of onnxruntime itself', () => {
    const names = ['Add', 'ai.onnx.ml.Scaler', 'ai.onnx.preview.training.Adam', 'com.microsoft.FusedConv']
    expect(findCustomOps(create(ModelProtoSchema), names)).toEqual(['ai.onnx.preview.training.Adam'])
  })

  test('warns of one output per class', async () => {
    expect((await readModel(fixture('zipmap_columns'))).warnings).toEqual([
      "The model answers each class in an output of its own (i0, i1, i2). Convert it with options={'zipmap': False} for one output with all scores.",
    ])
    expect((await readModel(fixture('subgraph_and_function'))).warnings).toEqual([])
  })
})

test('an opset that onnxruntime does not promise is warned of', () => {
  const warningsOf = (version: bigint) =>
    listWarnings(create(ModelProtoSchema, { opsetImport: [{ domain: '', version }] }), { optionalInputs: [], size: 1 })
  expect(warningsOf(6n)).toEqual([expect.stringContaining('uses opset 6')])
  expect(warningsOf(7n)).toEqual([])
})

test('a file that is too large for onnxruntime is warned of', () => {
  const warnings = listWarnings(create(ModelProtoSchema), { optionalInputs: [], size: 2 ** 31 })
  expect(warnings).toEqual([expect.stringContaining('external data')])
})

describe('the classes', () => {
  const classesOf = async (path: string) => {
    const { classLabels, classLabelsFrom, scoresOutput, isClassifier } = await readModel(path)
    return [classLabels, classLabelsFrom, scoresOutput, isClassifier]
  }

  test.each([
    ['zipmap_int_labels', [[0, 1, 2], 'zipmap', 'probabilities', true]],
    ['zipmap_string_labels', [['setosa', 'versicolor', 'virginica'], 'zipmap', 'probabilities', true]],
    ['zipmap_beside_scores', [[7, 3], 'zipmap', 'scores', true]],
    ['two_zipmaps', [null, null, null, true]],
    ['classifier_no_zipmap', [[0, 1, 2], 'classifier', 'probabilities', true]],
    [
      'classifier_string_labels_no_zipmap',
      [['setosa', 'versicolor', 'virginica'], 'classifier', 'probabilities', true],
    ],
    ['binary_classifier', [[0, 1], 'classifier', 'probabilities', true]],
    ['forest_classifier', [[0, 1, 2], 'classifier', 'probabilities', true]],
    ['string_input', [[0, 1], 'classifier', 'probabilities', true]],
    ['multi_output_classifier', [null, null, null, true]],
    ['zipmap_columns', [null, null, null, true]],
    ['cluster', [null, null, null, false]],
    ['outlier', [null, null, null, false]],
    ['image', [null, null, null, false]],
  ])('of %s', async (name, expected) => {
    expect(await classesOf(fixture(name))).toEqual(expected)
  })

  const classesOfNodes = async (nodes: ReturnType<typeof node>[], outputs: string[]) =>
    classesOf(await writeBytes(encodeModel({ node: nodes }, outputs)))

  test('are those of two classifiers when they vote with the same labels', async () => {
    const nodes = [classifier('x', 'a'), classifier('x', 'b'), node('Add', ['a', 'b'], ['sum'])]
    expect(await classesOfNodes(nodes, ['sum'])).toEqual([[0, 1], 'classifier', 'sum', true])
  })

  test('are unknown when two classifiers with other labels vote', async () => {
    const nodes = [classifier('x', 'a'), classifier('x', 'b', [1n, 0n]), node('Add', ['a', 'b'], ['sum'])]
    expect(await classesOfNodes(nodes, ['sum'])).toEqual([null, null, null, true])
  })

  test('are unknown when two classifiers answer', async () => {
    expect(await classesOfNodes([classifier('x', 'a'), classifier('x', 'b')], ['a', 'b'])).toEqual([
      null,
      null,
      null,
      true,
    ])
  })

  test('are unknown when the scores are mixed before they are answered', async () => {
    const nodes = [classifier('x', 'a'), node('MatMul', ['a', 'x'], ['mixed'])]
    expect(await classesOfNodes(nodes, ['mixed'])).toEqual([null, null, null, true])
  })

  test('are those of the last of two stacked classifiers', async () => {
    const nodes = [
      classifier('x', 'a', [5n, 6n]),
      node('Concat', ['x', 'a'], ['both']),
      classifier('both', 'b', [8n, 9n]),
    ]
    expect(await classesOfNodes(nodes, ['b'])).toEqual([[8, 9], 'classifier', 'b', true])
  })

  test('stay exact beyond 2^53, as text', async () => {
    expect(await classesOfNodes([classifier('x', 'a', [1n, 9007199254740993n])], ['a'])).toEqual([
      [1, '9007199254740993'],
      'classifier',
      'a',
      true,
    ])
  })
})
