import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { AttributeProtoSchema, type TensorProtoSchema, type ValueInfoProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { encodeModel, node, writeBytes } from './support.ts'

// The shapes of graphs that skl2onnx writes; bench/zoo checks the same on real exports, against scikit-learn's answers.

const ML = { domain: 'ai.onnx.ml' }
const [FLOAT, INT64, STRING] = [1, 7, 8]
type Nodes = ReturnType<typeof node>[]
type Port = MessageInitShape<typeof ValueInfoProtoSchema>
type Tensor = MessageInitShape<typeof TensorProtoSchema>

/** An output of (rows) or (rows, columns). */
function port(name: string, elemType: number, columns?: bigint): Port {
  const rows = { value: { case: 'dimParam' as const, value: 'rows' } }
  const dim = columns === undefined ? [rows] : [rows, { value: { case: 'dimValue' as const, value: columns } }]
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } }
}

/** The facts about the classes of a model with a label output and an output of scores (rows, columns). */
async function classesOf(nodes: Nodes, { columns = 3n, initializer = [] as Tensor[], outputs = [] as Port[] } = {}) {
  const output = [port('label', INT64), port('scores', FLOAT, columns), ...outputs]
  const graph = { node: nodes, initializer, output }
  const { classLabels, scoresOutput, decisionScore } = await readModel(await writeBytes(encodeModel(graph, [])))
  return { classLabels, scoresOutput, decisionScore }
}

/** `scores` by a MatMul, the best of them by ArgMax, and its class picked from the list `classes`. */
const PICKS: Nodes = [
  node('MatMul', ['x', 'w'], ['scores']),
  node('ArgMax', ['scores'], ['best']),
  node('ArrayFeatureExtractor', ['classes', 'best'], ['picked'], ML),
  node('Cast', ['picked'], ['flat']),
  node('Reshape', ['flat', 'shape'], ['label']),
]

const text = (value: string) => new TextEncoder().encode(value)
const STRINGS: Tensor = { name: 'classes', dims: [3n], dataType: STRING, stringData: ['a', 'b', 'ü'].map(text) }

test('class labels are the strings that the label output picks from', async () => {
  expect(await classesOf(PICKS, { initializer: [STRINGS] })).toEqual({
    classLabels: ['a', 'b', 'ü'],
    scoresOutput: 'scores',
    decisionScore: false,
  })
})

test.each<[string, Tensor]>([
  ['int64 values', { dataType: INT64, int64Data: [5n, -7n, 300n] }],
  ['int32 values', { dataType: 6, int32Data: [5, -7, 300] }],
  ['raw int64', { dataType: INT64, rawData: new Uint8Array(BigInt64Array.of(5n, -7n, 300n).buffer) }],
  ['raw int32', { dataType: 6, rawData: new Uint8Array(Int32Array.of(5, -7, 300).buffer) }],
])('class labels are read from %s', async (_, values) => {
  const initializer = [{ name: 'classes', dims: [3n], ...values }]
  expect((await classesOf(PICKS, { initializer })).classLabels).toEqual([5, -7, 300])
})

test.each<[string, Parameters<typeof classesOf>]>([
  ['is not as long as the scores have columns', [PICKS, { initializer: [STRINGS], columns: 4n }]],
  [
    'is of floats',
    [PICKS, { initializer: [{ name: 'classes', dims: [6n], dataType: FLOAT, rawData: new Uint8Array(24) }] }],
  ],
  [
    'is too long to be kept in memory',
    [
      PICKS,
      {
        initializer: [{ name: 'classes', dims: [200n], dataType: INT64, rawData: new Uint8Array(1600) }],
        columns: 200n,
      },
    ],
  ],
  [
    'is picked from by something else than ArgMax',
    [PICKS.map((one) => (one.opType === 'ArgMax' ? { ...one, opType: 'TopK' } : one)), { initializer: [STRINGS] }],
  ],
  ['stands beside two outputs of floats', [PICKS, { initializer: [STRINGS], outputs: [port('x2', FLOAT, 3n)] }]],
])('there are no class labels when the list %s', async (_, [nodes, options]) => {
  expect((await classesOf(nodes, options)).classLabels).toBeNull()
})

/** A classifier node of ai.onnx.ml that gives `label` and `raw`. */
function classifier(opType: string, labels: string[], attributes: readonly string[] = []) {
  const attribute = [
    create(AttributeProtoSchema, { name: 'classlabels_strings', strings: labels.map(text) }),
    ...attributes.map((entry) => {
      const [name, s] = entry.split('=')
      return create(AttributeProtoSchema, { name: name ?? '', ...(s === undefined ? {} : { s: text(s) }) })
    }),
  ]
  return node(opType, ['x'], ['label', 'raw'], { ...ML, attribute })
}

test('the label output names the classes of scores that other nodes made', async () => {
  const nodes = [classifier('SVMClassifier', ['a', 'b', 'c']), node('Concat', ['raw', 'raw'], ['scores'])]
  expect((await classesOf(nodes)).classLabels).toEqual(['a', 'b', 'c'])
})

test('the label output is believed, not a classifier inside of a vote that counts classes from 0', async () => {
  const inner = classifier('LinearClassifier', ['0', '1', '2'])
  const vote = [{ ...inner, output: ['unused', 'raw'] }, node('Mul', ['raw', 'half'], ['scores'])]
  const picks = PICKS.filter(({ opType }) => opType !== 'MatMul')
  expect((await classesOf([...vote, ...picks], { initializer: [STRINGS] })).classLabels).toEqual(['a', 'b', 'ü'])
})

const SVM = ['kernel_type=RBF', 'vectors_per_class']

test.each([
  ['two classes without probabilities', ['no', 'yes'], SVM, ['yes', 'no']],
  ['two classes with probabilities', ['no', 'yes'], [...SVM, 'prob_a'], ['no', 'yes']],
  ['three classes', ['a', 'b', 'c'], SVM, ['a', 'b', 'c']],
])('columns of the scores of a support vector machine of %s', async (_, labels, attributes, expected) => {
  const nodes = [classifier('SVMClassifier', labels, attributes), node('Cast', ['raw'], ['scores'])]
  expect((await classesOf(nodes, { columns: BigInt(labels.length) })).classLabels).toEqual(expected)
})

test('the labels of a ZipMap are reversed with the columns of a support vector machine', async () => {
  const zipMap = node('ZipMap', ['scores'], ['maps'], {
    ...ML,
    attribute: [create(AttributeProtoSchema, { name: 'classlabels_strings', strings: ['no', 'yes'].map(text) })],
  })
  const nodes = [classifier('SVMClassifier', ['no', 'yes'], SVM), node('Cast', ['raw'], ['scores']), zipMap]
  expect((await classesOf(nodes, { columns: 2n, outputs: [port('maps', FLOAT)] })).classLabels).toEqual(['yes', 'no'])
})

test.each([
  ['a raw linear score', ['post_transform=NONE'], 'ArrayFeatureExtractor', true],
  ['a raw linear score by default', [], 'ArrayFeatureExtractor', true],
  ['a probability', ['post_transform=LOGISTIC'], 'ArrayFeatureExtractor', false],
  ['a score that became a probability', ['post_transform=NONE'], 'Sigmoid', false],
])('%s is told from the other kind', async (_, attributes, opType, expected) => {
  const nodes = [classifier('LinearClassifier', ['no', 'yes'], attributes), node(opType, ['raw', 'second'], ['scores'])]
  expect(await classesOf(nodes, { columns: 1n })).toEqual({
    classLabels: ['no', 'yes'],
    scoresOutput: 'scores',
    decisionScore: expected,
  })
})
