import { describe, expect, test } from 'vitest'
import { resolveProject } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS, makeIris, makeProject } from '../helpers/folder.ts'

const resolveIris = (vars: string, files: Record<string, string> = {}) =>
  resolveProject({ cwd: makeIris({ 'vars.yaml': vars, ...files }) })

/** Resolves one of the fixture models with these vars. */
function resolveModel(model: string, vars: string, files: Record<string, string> = {}) {
  return resolveProject({
    cwd: makeProject(model, { 'vars.yaml': `name: x\nmodel_file_name: ${model}\n${vars}`, ...files }),
  })
}

describe('the classic vars of iris', () => {
  test('become a frozen Config that is plain JSON', async () => {
    const { config } = await resolveIris(IRIS_VARS)
    expect(JSON.parse(JSON.stringify(config))).toEqual(config)
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.inputs[0]?.shape)).toBe(true)
    expect(config).toMatchObject({
      inputs: [{ name: 'float_input', dtype: 'float32', shape: ['batch', 4] }],
      outputs: [
        { name: 'output_label', dtype: 'int64' },
        { name: 'probabilities', dtype: 'float32', shape: ['batch', 3] },
      ],
      task: 'classification',
      rows: true,
      predict: { output: 'probabilities', activation: 'none' },
      labels: { file: 'label.json', names: ['setosa', 'versicolor', 'virginica'] },
      sample: { given: true, data: [[5.1, 3.5, 1.4, 0.2]], prediction: [0.98028725, 0.01971196, 7.5e-7] },
      model: { file: 'iris.onnx' },
      features: [],
      options: {},
    })
  })

  test('hold no path of the machine that made them', async () => {
    const cwd = makeIris()
    const { config } = await resolveProject({ cwd })
    expect(JSON.stringify(config)).not.toContain(cwd)
  })

  test('a prediction sample with the leading 1 is the same as one without', async () => {
    const bare = await resolveIris(IRIS_VARS.replace('[[0.98', '[0.98').replace('0.00000075]]', '0.00000075]'))
    expect(bare.config).toEqual((await resolveIris(IRIS_VARS)).config)
  })

  test('without a label file the class labels of the ZipMap become one', async () => {
    const { config } = await resolveIris(IRIS_VARS.replace(/label_file_name.*\n/, ''))
    expect(config.labels).toEqual({ file: 'label.json', names: ['0', '1', '2'] })
  })
})

describe('every contradiction between vars.yaml and the model is said at once, with its place', () => {
  test('types, shapes, sample and labels', async () => {
    const vars = IRIS_VARS.replaceAll('float32', 'float64')
      .replace('(1,4)', '(1,5)')
      .replace('(1,3)', '(1,2)')
      .replace('0.2]]', '"x"]]')
    expect(await errorOf(() => resolveIris(vars, { 'label.json': '["setosa", "versicolor"]' }))).toMatchInlineSnapshot(`
      "invalid: vars.yaml does not describe iris.onnx
        vars.yaml:3:18 | label_file_name | label.json holds 2 labels, but the model answers 3 scores per row
        vars.yaml:4:12 | data_type | "float64", but the model's input "float_input" is float32
        vars.yaml:5:17 | data_structure | (1,5), but the model's input "float_input" is (batch,4)
        vars.yaml:6:14 | data_sample | "x" is not a number (the model's input "float_input", float32)
        vars.yaml:7:18 | prediction_type | "float64", but the model's output "probabilities" is float32
        vars.yaml:8:23 | prediction_structure | (1,2), but the model's output "probabilities" is (batch,3)
        > Run create-inference-server init iris.onnx to print vars that do."
    `)
  })

  const table: [string, (vars: string) => string, string][] = [
    [
      'a ragged sample',
      (v) => v.replace('[[5.1, 3.5, 1.4, 0.2]]', '[[1,2,3,4],[1,2]]'),
      'the lists are ragged: element 1 has the shape (2), element 0 has (4)',
    ],
    [
      'a sample without its row',
      (v) => v.replace('[[5.1, 3.5, 1.4, 0.2]]', '[5.1, 3.5, 1.4, 0.2]'),
      'has the shape (4), expected (batch,4)',
    ],
    ['a number that float32 cannot hold', (v) => v.replace('0.2]]', '1e39]]'), '1e+39 is out of the range of float32'],
    [
      'no sample',
      (v) => v.replace(/data_sample.*\n/, ''),
      'data_sample | is missing: give one valid value for the model\'s input "float_input", float32 (batch,4)',
    ],
    [
      'a name that is no DNS label',
      (v) => v.replace('name: iris\n', 'name: Iris_Server\n'),
      '"Iris_Server" is no DNS label (a-z, 0-9 and -, at most 63, beginning and ending with a letter or digit); use "iris-server"',
    ],
    [
      'an output that is not there',
      (v) => `${v}predict: {output: probs}\n`,
      'the model has no output "probs" (it has "output_label", "probabilities")',
    ],
    [
      'softmax over labels',
      (v) => `${v}predict: {output: output_label, activation: softmax}\n`,
      'softmax needs one floating-point output',
    ],
    [
      'a task that does not fit',
      (v) => `${v}task: regression\npredict: {output: output_label}\n`,
      'regression needs a floating-point output, but the model\'s "output_label" is not',
    ],
    [
      'the short form beside the long one',
      (v) => `${v}inputs: {float_input: {dtype: float32, shape: [batch, 4]}}\n`,
      'data_type | stands beside inputs/outputs: use the short form or the long form, not both',
    ],
  ]
  test.each(table)('%s', async (_, edit, expected) => {
    expect(await errorOf(() => resolveIris(edit(IRIS_VARS)))).toContain(expected)
  })

  test('a label file whose keys fit neither classes nor columns', async () => {
    expect(await errorOf(() => resolveIris(IRIS_VARS, { 'label.json': '{"a": "x", "b": "y", "c": "z"}' }))).toContain(
      "neither the model's class labels nor the columns",
    )
  })
})

describe('the long form', () => {
  const TWO = `inputs:
  x: {dtype: float32, shape: [batch, 3], sample: [[1, 2, 3]]}
  ids: {dtype: int64, shape: [batch, 1], sample: [[7]]}
outputs:
  y: {dtype: float32, shape: [batch, 3], sample: [[1, 2, 3]]}
`
  test('describes several inputs; the sample is by name', async () => {
    const { config } = await resolveModel('two_inputs.onnx', TWO)
    expect(config.sample).toEqual({ given: true, data: { x: [[1, 2, 3]], ids: [[7]] }, prediction: [[1, 2, 3]] })
    expect(config).toMatchObject({ task: 'tensor', rows: true, predict: { output: 'y' } })
  })

  test('names every input and output of the model, and no other', async () => {
    const message = await errorOf(() =>
      resolveModel('two_inputs.onnx', TWO.replace('  ids:', '  id:').replace('  y:', '  z:')),
    )
    expect(message).toMatchInlineSnapshot(`
      "invalid: vars.yaml does not describe two_inputs.onnx
        vars.yaml:4:3 | inputs | the model's input "ids" is missing here
        vars.yaml:4:3 | inputs.ids.sample | is missing: give one valid value for the model's input "ids", int64 (batch,1)
        vars.yaml:5:7 | inputs.id | the model has no input "id" (it has "x", "ids")
        vars.yaml:7:3 | outputs | the model's output "y" is missing here
        vars.yaml:7:6 | outputs.z | the model has no output "z" (it has "y")
        > Run create-inference-server init two_inputs.onnx to print vars that do."
    `)
  })

  test('is asked for when the short form cannot say it', async () => {
    const message = await errorOf(() => resolveModel('two_inputs.onnx', 'data_type: float32\ndata_sample: [[1, 2, 3]]'))
    expect(message).toContain('describes one input, but the model has 2 ("x", "ids"): use inputs: instead')
  })

  test('a whole number too big for JSON is refused unless it is a string', async () => {
    const big = (value: string) => resolveModel('two_inputs.onnx', TWO.replace('[[7]]', `[[${value}]]`))
    expect(await errorOf(() => big('9007199254740993'))).toContain(
      'beyond 2^53-1 and would be rounded: write it as a string of digits',
    )
    expect((await big('"9007199254740993"')).config.sample.data).toEqual({
      x: [[1, 2, 3]],
      ids: [['9007199254740993']],
    })
  })
})

describe('task, rows and labels are read from the model', () => {
  const table: [string, string, object][] = [
    ['zipmap_string_labels.onnx', 'data_sample: [[5.1, 3.5, 1.4, 0.2]]', { task: 'classification', rows: true }],
    ['classifier_string_labels_no_zipmap.onnx', 'data_sample: [[1, 2, 3, 4]]', { task: 'classification', rows: true }],
    ['regressor_float64.onnx', 'data_sample: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]', { task: 'regression', rows: true }],
    ['int64.onnx', 'data_sample: [[1, 2]]', { task: 'tensor' }],
    ['leading_2.onnx', 'data_sample: [[1, 2, 3], [4, 5, 6]]', { task: 'tensor', rows: false }],
    ['leading_1.onnx', 'data_sample: [[1, 2, 3]]', { rows: true }],
  ]
  test.each(table)('%s', async (model, vars, expected) => {
    expect((await resolveModel(model, vars)).config).toMatchObject(expected)
  })
})

describe('what cannot be served is refused with the way out', () => {
  test.each([
    ['bfloat16.onnx', 'bfloat16, which cannot be served: export it with float32'],
    ['sequence_output.onnx', 'cannot be served: export it with tensor outputs'],
    ['optional_output.onnx', 'cannot be served: export it with inputs and outputs that are tensors of float32, '],
  ])('%s', async (model, expected) => {
    expect(await errorOf(() => resolveModel(model, 'data_sample: [[1, 2]]'))).toContain(expected)
  })
})

test('a label file whose keys are the class labels gives labels in column order', async () => {
  const labels = { 'label.json': '{"3": "three", "7": "seven"}' }
  const { config } = await resolveModel(
    'zipmap_with_value_info.onnx',
    'label_file_name: label.json\ndata_sample: [[1, 2]]',
    labels,
  )
  expect(config.labels?.names).toEqual(['seven', 'three']) // the model's columns are the classes 7 and 3
})
