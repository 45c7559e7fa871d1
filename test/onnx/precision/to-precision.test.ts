import { readFileSync } from 'node:fs'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema } from '../../../src/onnx/onnx_pb.ts'
import { toPrecision } from '../../../src/onnx/precision/to-precision.ts'
import { IRIS } from '../../helpers/paths.ts'
import { fixture, node } from '../support.ts'
import { answer, distance, encode, feed, noise, port, weight } from './support.ts'

const MATRIX = [32, 32]
const X = port('x', [2, 32])
const Y = port('y', [2, 32])
const PRECISIONS = ['fp16', 'int8'] as const

/** x times one matrix, and whatever else. */
function oneMatrix(
  more: { values?: Float32Array; irVersion?: number; opset?: number; asInput?: boolean } = {},
): Uint8Array {
  const { values, irVersion = 8, opset = 17, asInput = false } = more
  return encode(
    {
      node: [node('MatMul', ['x', 'w'], ['y'])],
      initializer: [weight('w', MATRIX, values)],
      input: asInput ? [X, port('w', MATRIX)] : [X],
      output: [Y],
    },
    { irVersion, opset },
  )
}

const opsOf = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph?.node.map(({ opType }) => opType)
const namesOf = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph?.initializer.map(({ name }) => name)

describe.each(PRECISIONS)('a model as %s', (precision) => {
  test('keeps its inputs and outputs, and the bytes that were given are untouched', async () => {
    const bytes = readFileSync(fixture('image'))
    const copy = Buffer.from(bytes)
    const small = toPrecision(bytes, precision).bytes
    expect(bytes.equals(copy)).toBe(true)
    const [before, after] = [await InferenceSession.create(bytes), await InferenceSession.create(small)]
    expect(after.inputMetadata).toEqual(before.inputMetadata)
    expect(after.outputMetadata).toEqual(before.outputMetadata)
  })

  test('has nothing more to gain, and the same model gives the same bytes', () => {
    const bytes = readFileSync(fixture('image'))
    const small = toPrecision(bytes, precision).bytes
    expect(Buffer.compare(small, toPrecision(bytes, precision).bytes)).toBe(0)
    expect(toPrecision(small, precision)).toMatchObject({
      bytes: small,
      changed: [],
      nothingToGain: expect.any(String),
    })
  })

  test('holds a weight that several nodes read once', async () => {
    const bytes = encode({
      node: [node('MatMul', ['x', 'w'], ['h']), node('Gemm', ['h', 'w'], ['y'])],
      initializer: [weight('w', MATRIX)],
      input: [X],
      output: [Y],
    })
    const small = toPrecision(bytes, precision).bytes
    expect(opsOf(small)).toEqual([...(precision === 'fp16' ? ['Cast'] : ['Cast', 'Mul']), 'MatMul', 'Gemm'])
    const feeds = { x: feed([2, 32]) }
    expect(distance((await answer(bytes, feeds)).y ?? [], (await answer(small, feeds)).y ?? [])).toBeLessThan(3e-2)
  })

  test('of IR version 3 declares every initialiser as an input, as it has to', async () => {
    const bytes = oneMatrix({ irVersion: 3, opset: 8, asInput: true })
    const { bytes: small, changed } = toPrecision(bytes, precision)
    expect(changed.map(({ name }) => name)).toEqual(['w'])
    const { graph } = fromBinary(ModelProtoSchema, small)
    expect(graph?.input.map(({ name }) => name)).toEqual(['x', ...(namesOf(small) ?? [])])
    const session = await InferenceSession.create(small)
    expect(session.inputNames).toEqual(['x'])
    const feeds = { x: feed([2, 32]) }
    expect(distance((await answer(bytes, feeds)).y ?? [], (await answer(small, feeds)).y ?? [])).toBeLessThan(3e-2)
  })

  test('has names of its own for what is new', async () => {
    const taken = ['w_fp16', 'w_int8', 'w_scale', 'w_codes', 'w_Cast', 'w_Mul']
    const chain = taken.map((name, i) => node('Neg', [taken[i - 1] ?? 'x'], [name], { name }))
    const bytes = encode({
      node: [...chain, node('MatMul', ['w_Mul', 'w'], ['y'])],
      initializer: [weight('w', MATRIX)],
      input: [X],
      output: [Y],
    })
    const small = toPrecision(bytes, precision).bytes
    expect(namesOf(small)?.[0]).toBe(`w_${precision}_2`)
    const feeds = { x: feed([2, 32]) }
    expect(distance((await answer(bytes, feeds)).y ?? [], (await answer(small, feeds)).y ?? [])).toBeLessThan(3e-2)
  })

  test('has the weights of branches changed where they are, and those of the graph that branches read', async () => {
    const branch = (name: string, read: string) =>
      create(GraphProtoSchema, {
        name,
        node: [node('MatMul', ['x', read], [name])],
        initializer: [weight('own', MATRIX)],
        output: [port(name, [2, 32])],
      })
    const attribute = [branch('then_branch', 'own'), branch('else_branch', 'w')].map((g) =>
      create(AttributeProtoSchema, { name: g.name, type: 5, g }),
    )
    const bytes = encode({
      node: [node('If', ['choose'], ['y'], { attribute })],
      initializer: [weight('w', MATRIX)],
      input: [X, port('choose', [], 9)],
      output: [Y],
    })
    const { bytes: small, changed } = toPrecision(bytes, precision)
    // The own matrix of the second branch is read by nobody.
    expect(changed.map(({ name }) => name)).toEqual(['w', 'own'])
    for (const choice of [true, false]) {
      const feeds = { x: feed([2, 32]), choose: new Tensor('bool', [choice], []) }
      expect(distance((await answer(bytes, feeds)).y ?? [], (await answer(small, feeds)).y ?? [])).toBeLessThan(3e-2)
    }
  })

  test('takes a name within a branch for what the branch has of that name', () => {
    const g = create(GraphProtoSchema, {
      name: 'branch',
      node: [node('MatMul', ['x', 'w'], ['inner'])],
      initializer: [weight('w', MATRIX)],
      output: [port('inner', [2, 32])],
    })
    const attribute = ['then_branch', 'else_branch'].map((name) => create(AttributeProtoSchema, { name, type: 5, g }))
    const bytes = encode({
      node: [node('Neg', ['w'], ['negative']), node('If', ['choose'], ['y'], { attribute })],
      initializer: [weight('w', MATRIX)],
      input: [X, port('choose', [], 9)],
      output: [Y, port('negative', MATRIX)],
    })
    const { kept, changed } = toPrecision(bytes, precision)
    expect(kept.map(({ reason }) => reason)).toEqual(['is no matrix of MatMul, Gemm, Conv or ConvTranspose'])
    expect(changed.map(({ name }) => name)).toEqual(['w', 'w'])
  })

  test('has weights changed that were written as Constant nodes', async () => {
    const t = create(ModelProtoSchema, { graph: { initializer: [weight('', MATRIX)] } }).graph?.initializer[0]
    const attribute = [create(AttributeProtoSchema, { name: 'value', type: 4, ...(t ? { t } : {}) })]
    const bytes = encode({
      node: [node('Constant', [], ['w'], { attribute }), node('MatMul', ['x', 'w'], ['y'])],
      input: [X],
      output: [Y],
    })
    const { bytes: small, changed } = toPrecision(bytes, precision)
    expect(changed.map(({ name }) => name)).toEqual(['w'])
    const feeds = { x: feed([2, 32]) }
    expect(distance((await answer(bytes, feeds)).y ?? [], (await answer(small, feeds)).y ?? [])).toBeLessThan(3e-2)
  })

  test('has weights changed that are kept as a list of floats', async () => {
    const model = fromBinary(ModelProtoSchema, oneMatrix())
    for (const tensor of model.graph?.initializer ?? []) {
      tensor.floatData = [...noise(32 * 32)]
      tensor.rawData = new Uint8Array()
    }
    const bytes = toBinary(ModelProtoSchema, model)
    const small = toPrecision(bytes, precision)
    expect(small.bytes).toEqual(toPrecision(oneMatrix(), precision).bytes)
  })

  test('keeps fields that we do not know', () => {
    const model = fromBinary(ModelProtoSchema, oneMatrix())
    const unknown = [{ no: 999, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) }]
    const { graph } = model
    for (const message of [model, graph, graph?.node[0], graph?.initializer[0]]) if (message) message.$unknown = unknown
    const small = fromBinary(ModelProtoSchema, toPrecision(toBinary(ModelProtoSchema, model), precision).bytes)
    const kept = [small, small.graph, small.graph?.node.at(-1), small.graph?.initializer[0]]
    expect(kept.map((message) => message?.$unknown)).toEqual(kept.map(() => unknown))
  })

  test.each([
    ['is an output', { output: [Y, port('w', MATRIX)] }],
    ['is the default of an input, which callers may give', { input: [X, port('w', MATRIX)] }],
  ])('leaves a weight alone that %s', (reason, more) => {
    const matrix = oneMatrix()
    const { graph } = fromBinary(ModelProtoSchema, matrix)
    const bytes = encode({
      node: graph?.node ?? [],
      initializer: graph?.initializer ?? [],
      input: [X],
      output: [Y],
      ...more,
    })
    const { bytes: same, kept, nothingToGain } = toPrecision(bytes, precision)
    expect(same).toBe(bytes)
    expect(kept).toEqual([{ name: 'w', shape: MATRIX, bytes: 4096, reason }])
    expect(nothingToGain).toBe(
      `${precision} would save 0 of the model's ${bytes.length} bytes: its largest tensor "w" (4096 bytes) ${reason}`,
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('leaves a weight alone that holds %s', (value) => {
    const values = noise(32 * 32)
    values[77] = value
    expect(toPrecision(oneMatrix({ values }), precision).kept[0]?.reason).toBe('holds NaN or Infinity')
  })

  test('of a matrix of zeros answers zeros', async () => {
    const small = toPrecision(oneMatrix({ values: new Float32Array(32 * 32) }), precision)
    expect(small.changed).toHaveLength(1)
    expect(new Set((await answer(small.bytes, { x: feed([2, 32]) })).y)).toEqual(new Set([0]))
  })
})

test('halves end at 65504: a weight with more stays, as codes it does not', () => {
  const values = noise(32 * 32)
  values[3] = 65536
  expect(toPrecision(oneMatrix({ values }), 'fp16').kept[0]?.reason).toBe('holds 65536, and float16 ends at 65504')
  expect(toPrecision(oneMatrix({ values }), 'int8').changed).toHaveLength(1)
})

test('a weight of tiny numbers stays where halves would lose what it says, as codes it does not', async () => {
  const values = noise(32 * 32).map((value) => value * 1e-7)
  const bytes = oneMatrix({ values })
  expect(toPrecision(bytes, 'fp16').kept[0]?.reason).toMatch(/^holds nothing above \S+e-8, too small for float16$/)
  const feeds = { x: feed([2, 32]) }
  const [before, after] = [await answer(bytes, feeds), await answer(toPrecision(bytes, 'int8').bytes, feeds)]
  expect(
    distance(
      (before.y ?? []).map((y) => y * 1e7),
      (after.y ?? []).map((y) => y * 1e7),
    ),
  ).toBeLessThan(3e-2)
})

test('one value per channel and its scale are more than the value', () => {
  const bytes = encode({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [weight('w', [1, 512])],
    input: [port('x', [2, 1])],
    output: [port('y', [2, 512])],
  })
  expect(toPrecision(bytes, 'int8').kept[0]?.reason).toBe(
    'has so few values per channel that a scale for each saves nothing',
  )
  expect(toPrecision(bytes, 'fp16').changed).toHaveLength(1)
})

describe('a model that has nothing to gain says why', () => {
  test.each([
    [
      'forest_classifier',
      "int8 would save 0 of the model's SIZE bytes: the numbers of TreeEnsembleClassifier are attributes of the operator, which have one precision",
    ],
    [
      'scalars',
      "int8 would save 0 of the model's SIZE bytes: it has no large weights of MatMul, Gemm, Conv or ConvTranspose",
    ],
  ])('%s', (name, expected) => {
    const bytes = readFileSync(fixture(name))
    const { nothingToGain, changed } = toPrecision(bytes, 'int8')
    expect(nothingToGain?.replace(String(bytes.length), 'SIZE')).toBe(expected)
    expect(changed).toEqual([])
  })

  test('iris', () => {
    expect(toPrecision(readFileSync(`${IRIS}/iris.onnx`), 'fp16').nothingToGain).toMatch(
      /^fp16 would save 0 of the model's \d+ bytes: the numbers of LinearClassifier and Normalizer and Scaler/,
    )
  })

  test('tiny weights, with the bytes that there would be to save', () => {
    const bytes = encode({
      node: [node('MatMul', ['x', 'w'], ['y'])],
      initializer: [weight('w', [8, 8])],
      input: [port('x', [2, 8])],
      output: [port('y', [2, 8])],
    })
    const saved = bytes.length - toPrecision(bytes, 'fp16', { smallest: 0 }).bytes.length
    expect(saved).toBeGreaterThan(0)
    expect(toPrecision(bytes, 'fp16').nothingToGain).toBe(
      `fp16 would save ${saved} of the model's ${bytes.length} bytes: its weights are too small to matter`,
    )
  })

  test.each([
    ['fp16', 5, 'fp16 needs opset 6, but the model is of opset 5'],
    ['int8', 6, 'int8 needs opset 7, but the model is of opset 6'],
  ] as const)('%s and opset %i', (precision, opset, reason) => {
    expect(toPrecision(oneMatrix({ opset }), precision).nothingToGain).toBe(reason)
  })
})
