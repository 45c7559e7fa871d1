import { expect, test } from 'vitest'
import { bodyLimit } from '../../templates/fastify-onnx/base/src/ml/body-limit.ts'
import type { Contract, Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

const MIB = 2 ** 20

function limitFor(data: Json): number {
  const contract: Contract = {
    name: 'x',
    template: { name: 'fastify-onnx', version: '1' },
    model: { file: 'x.onnx', sha256: '', bytes: 0 },
    encoder: null,
    task: 'tensor',
    rows: true,
    inputs: [],
    outputs: [],
    predict: { output: null, activation: 'none' },
    labels: null,
    sample: { given: true, data, prediction: null },
    preprocess: { kind: 'none' },
    budget: null,
    server: { port: 8000 },
  }
  return bodyLimit(contract)
}

function numbers(count: number): Json {
  return Array.from({ length: count }, () => 0.1)
}

test('a small model takes 1 MiB', () => {
  expect(limitFor([[5.1, 3.5, 1.4, 0.2]])).toBe(MIB)
})

test('a 224 x 224 image takes 16 of them, however many digits their numbers have', () => {
  const image = 3 * 224 * 224
  expect(limitFor(numbers(image))).toBeGreaterThan(16 * image * '0.12345678901234567,'.length)
})

test('a huge input takes at least one of itself, but no more than it must', () => {
  const huge = 4_000_000
  expect(limitFor(numbers(huge))).toBe(2 * huge * 25)
})

test('long strings count as long as they are', () => {
  expect(limitFor(['x'.repeat(MIB)])).toBeGreaterThan(16 * MIB)
})
