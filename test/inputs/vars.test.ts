import { describe, expect, test } from 'vitest'
import { printVarsSchema, readVars } from '../../src/inputs/vars.ts'
import { parseYaml } from '../../src/inputs/yaml.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS } from '../helpers/folder.ts'

const read = (text: string) => readVars(parseYaml('vars.yaml', text))

test('the classic nine fields are read, and everything else has its default', () => {
  expect(read(IRIS_VARS)).toEqual({
    name: 'iris',
    model_file_name: 'iris.onnx',
    label_file_name: 'label.json',
    data_type: 'float32',
    data_structure: [1, 4],
    data_sample: [[5.1, 3.5, 1.4, 0.2]],
    prediction_type: 'float32',
    prediction_structure: [1, 3],
    prediction_sample: [0.98028725, 0.01971196, 7.5e-7],
    sample: 'given',
    preprocess: { kind: 'none' },
    runtime: { node: 24, onnxruntime: '1.30.0' },
    server: { port: 8000 },
    image: { model: 'baked' },
    resources: { cpu: 1, memory: '512Mi', replicas: 2 },
    budget: { latency_p99_ms: 100, availability: 0.999, throughput_rps: 50 },
    options: {},
  })
})

test.each([
  ['(1,4)', [1, 4]],
  ['[1,4]', [1, 4]],
  ['[1, 4]', [1, 4]],
  ['[batch,4]', ['batch', 4]],
  ['(batch, 4)', ['batch', 4]],
  ['(4,)', [4]],
  ['()', []],
  ['[]', []],
  ['(-1, 4)', ['?', 4]],
  ['[null, 4]', ['?', 4]],
  ['(None, 4)', ['?', 4]],
])('the structure %s is read', (text, shape) => {
  expect(read(`model_file_name: m.onnx\ndata_structure: ${text}`).data_structure).toEqual(shape)
})

test('an option is on when its key is there, even with nothing behind it', () => {
  const { options } = read('model_file_name: m.onnx\noptions:\n  tracing:\n  grpc: {}')
  expect(options).toEqual({ tracing: {}, grpc: { port: 8001 } })
})

describe('what is wrong is said with its place and a suggestion', () => {
  const table: [string, string, string][] = [
    [
      'an unknown key',
      'modle_file_name: m.onnx',
      'vars.yaml:1:1 | modle_file_name | unknown key (did you mean "model_file_name"?)',
    ],
    [
      'an unknown key inside',
      'model_file_name: m.onnx\nserver: {prot: 1}',
      'vars.yaml:2:10 | server.prot | unknown key (did you mean "port"?)',
    ],
    [
      'an unknown option',
      'model_file_name: m.onnx\noptions: {gprc: {}}',
      'vars.yaml:2:11 | options.gprc | unknown key (did you mean "grpc"?)',
    ],
    ['a missing key', 'name: a', 'vars.yaml:1:1 | model_file_name | is missing'],
    [
      'a dtype with a typo',
      'model_file_name: m.onnx\ndata_type: flaot32',
      'vars.yaml:2:12 | data_type | "flaot32" is not one of float32, float64, float16, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool, string (did you mean "float32"?)',
    ],
    [
      'a port out of range',
      'model_file_name: m.onnx\nserver: {port: 99999}',
      'vars.yaml:2:16 | server.port | 99999: Too big: expected number to be <=65535',
    ],
    [
      'a word for a number',
      'model_file_name: m.onnx\nserver: {port: http}',
      'vars.yaml:2:16 | server.port | "http" is not a number',
    ],
    [
      'a model outside',
      'model_file_name: ../m.onnx',
      'vars.yaml:1:18 | model_file_name | "../m.onnx": a plain file name',
    ],
    [
      'a shape that is none',
      'model_file_name: m.onnx\ndata_structure: 1x4',
      'vars.yaml:2:17 | data_structure | "1x4": a shape such as (1,4), [1,4] or [batch,4]',
    ],
    [
      'a sample that is a map',
      'model_file_name: m.onnx\ndata_sample: {a: 1}',
      'vars.yaml:2:14 | data_sample | {"a":1}: a number, boolean or string, or lists of them',
    ],
  ]
  test.each(table)('%s', async (_, text, expected) => {
    expect(await errorOf(() => read(text))).toContain(expected)
  })

  test('all at once', async () => {
    const message = await errorOf(() => read('modle: a\nserver: {port: http}\ndata_type: x'))
    expect(message.split('\n').length).toBeGreaterThanOrEqual(4)
  })
})

describe('YAML that is none', () => {
  test.each([
    ['a tab', 'name: a\nserver:\n\tport: 1', 'vars.yaml:3:1 | a tab is used for indentation; YAML allows spaces only'],
    ['a key twice', 'name: a\nname: b', 'vars.yaml:2:1 | this key stands twice; keep one of them'],
    [
      'a second document',
      'name: a\n---\nname: b',
      'vars.yaml:2:1 | a second document starts here (---); one file holds one document',
    ],
    ['a list', '- a', 'vars.yaml:1:1'],
    ['nothing', '', 'vars.yaml:1:1'],
  ])('%s is refused with its line', async (_, text, expected) => {
    expect(await errorOf(() => read(text))).toContain(expected)
  })
})

test('the JSON Schema says what an editor needs: keys, enums, no unknown ones', () => {
  const schema = JSON.parse(printVarsSchema())
  expect(schema.additionalProperties).toBe(false)
  expect(schema.required).toEqual(['model_file_name'])
  expect(schema.properties.task.enum).toEqual(['classification', 'regression', 'tensor'])
  expect(schema.properties.server.properties.port).toMatchObject({ type: 'integer', default: 8000 })
  expect(Object.keys(schema.properties.options.properties)).toEqual([
    'data_cache',
    'prediction_cache',
    'grpc',
    'tracing',
    'edge',
    'deploy',
  ])
})
