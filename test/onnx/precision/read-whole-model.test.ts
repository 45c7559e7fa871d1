import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { readWholeModel } from '../../../src/onnx/precision/read-whole-model.ts'
import { toPrecision } from '../../../src/onnx/precision/to-precision.ts'
import { errorOf } from '../../helpers/errors.ts'
import { FIXTURES, fixture, makeFolder } from '../support.ts'
import { answer, noise } from './support.ts'

test('a model that keeps its weights in another file becomes one that answers the same without it', async () => {
  const whole = readWholeModel(fixture('external_data'))
  const feeds = { x: new Tensor('float32', noise(12), [3, 4]) }
  expect(await answer(whole, feeds)).toEqual(await answer(fixture('external_data'), feeds))
  expect(toPrecision(whole, 'fp16', { smallest: 0 }).changed.map(({ name }) => name)).toEqual(['weights'])
})

test('weights in another file stay where they are, and are said, when nobody has read them in', () => {
  const { changed, kept } = toPrecision(readFileSync(fixture('external_data')), 'fp16', { smallest: 0 })
  expect([changed, kept.map(({ name, reason }) => [name, reason])]).toEqual([
    [],
    [['weights', 'has its values in another file']],
  ])
})

test('a model in one file is read as it is', () => {
  expect(readWholeModel(fixture('image')).toString()).toBe(readFileSync(fixture('image')).toString())
})

test('a model that is too large for one file is refused before its weights are read', async () => {
  const size = readFileSync(fixture('external_data')).length + readFileSync(join(FIXTURES, 'external_data.bin')).length
  expect(readWholeModel(fixture('external_data'), { mostBytes: size }).length).toBeGreaterThan(0)
  const refusal = await errorOf(() => readWholeModel(fixture('external_data'), { mostBytes: 100 }))
  expect(refusal.replaceAll(fixture('external_data'), 'MODEL')).toMatchInlineSnapshot(`
    "invalid: MODEL and its weights are too large to be made smaller here.
      MODEL | 344 bytes with its external data; one ONNX file ends at 100
      > Use it as fp32, or convert it where it was trained."
  `)
})

test('weights that are missing are named', async () => {
  const path = join(await makeFolder(), 'external_data.onnx')
  copyFileSync(fixture('external_data'), path)
  expect(await errorOf(() => readWholeModel(path))).toMatch('external_data.bin | is not beside the model')
})
