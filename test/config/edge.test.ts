import { expect, test } from 'vitest'
import { findEdgeFaults, resolveProject } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS, makeIris } from '../helpers/folder.ts'

const ONE_FILE = { encoder: null, model: { bytes: 1000 } }
const PLAIN = { targets: ['web'], precision: 'fp32', format: 'onnx' } as const

test('a model of one file goes everywhere, in every precision', () => {
  for (const precision of ['fp32', 'fp16', 'int8'] as const) {
    expect(findEdgeFaults(ONE_FILE, { ...PLAIN, targets: ['web', 'android', 'board'], precision })).toEqual([])
  }
  expect(findEdgeFaults(ONE_FILE, { ...PLAIN, format: 'ort' })).toEqual([])
})

test('every contradiction is said, not just the first', () => {
  const facts = { encoder: { file: 'encoder.onnx' }, model: { bytes: 1000 } }
  const faults = findEdgeFaults(facts, { targets: ['web', 'board', 'web'], precision: 'int8', format: 'ort' })
  expect(faults.map(({ key, message }) => `${key}: ${message}`)).toEqual([
    'targets: names web twice',
    'format: ort goes with precision fp32 only: onnxruntime computes what int8 saves into the file again',
    'targets: web takes a model of one file, and this one is in two parts (options.data_cache.encoder)',
    'targets: web takes a model of one file, and this one is in two parts (options.data_cache.encoder)',
    'precision: int8 is made of one file, and this one is in two parts (options.data_cache.encoder)',
    'format: ort is made of one file, and this one is in two parts (options.data_cache.encoder)',
  ])
})

test('a model that no device can hold is refused', () => {
  const [fault] = findEdgeFaults({ encoder: null, model: { bytes: 2 ** 31 } }, PLAIN)
  expect(fault).toMatchObject({ key: 'targets', message: expect.stringContaining('2 GiB') })
})

test('options.edge of vars.yaml is checked where it stands', async () => {
  const vars = `${IRIS_VARS}options:
  edge:
    targets: [web, web]
    precision: fp16
    format: ort
`
  expect(await errorOf(() => resolveProject({ cwd: makeIris({ 'vars.yaml': vars }) }))).toMatchInlineSnapshot(`
    "invalid: vars.yaml is not right
      vars.yaml:12:14 | options.edge.targets | names web twice
      vars.yaml:14:13 | options.edge.format | ort goes with precision fp32 only: onnxruntime computes what fp16 saves into the file again"
  `)
})

test('options.edge has defaults, as edge export has where it is off', async () => {
  const { config } = await resolveProject({ cwd: makeIris({ 'vars.yaml': `${IRIS_VARS}options: {edge: {}}\n` }) })
  expect(config.options.edge).toEqual({
    targets: ['web'],
    precision: 'fp32',
    min_agreement: 0.99,
    host: true,
    format: 'onnx',
    hosted: 'edge',
  })
})
