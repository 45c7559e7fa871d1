import { expect, test } from 'vitest'
import { sortFeatures } from '../../src/inputs/feature-order.ts'

const feature = (name: string, ...after: string[]) => ({ name, after })
const order = (...features: ReturnType<typeof feature>[]) => sortFeatures(features).map(({ name }) => name)

test('features are in the order of their names, whatever order the disk has', () => {
  expect(order(feature('tracing'), feature('grpc'), feature('image'))).toEqual(['grpc', 'image', 'tracing'])
})

test('a feature comes after those that it names', () => {
  expect(order(feature('data-cache', 'image'), feature('image'), feature('tracing'))).toEqual([
    'image',
    'data-cache',
    'tracing',
  ])
  expect(order(feature('a', 'b'), feature('b', 'c'), feature('c'))).toEqual(['c', 'b', 'a'])
})

test('features that wait for each other are refused by their names', () => {
  expect(() => order(feature('a', 'b'), feature('b', 'a'), feature('c'))).toThrow('wait for each other: a, b')
})

test('a feature that comes after one that is not there is refused', () => {
  expect(() => order(feature('a', 'imgae'))).toThrow('a comes after imgae, which is not there')
})
