import { expect, test } from 'vitest'
import { parseLabels } from '../../src/inputs/labels.ts'
import { errorOf } from '../helpers/errors.ts'

test('a map and a list are read; labels are always strings', () => {
  expect(parseLabels('l.json', '{"0": "a", "1": 7}').entries).toEqual([
    { key: '0', label: 'a' },
    { key: '1', label: '7' },
  ])
  expect(parseLabels('l.json', '["a", true]').entries).toEqual([
    { key: '0', label: 'a' },
    { key: '1', label: 'true' },
  ])
})

test('a byte order mark is no mistake', () => {
  expect(parseLabels('l.json', '\uFEFF["a"]').entries).toHaveLength(1)
})

test.each([
  ['text', 'setosa\nversicolor', 'l.json is not valid JSON'],
  ['a nested map', '{"0": {"name": "a"}}', 'l.json is not a label file'],
  ['nothing', '{}', 'l.json holds no labels'],
])('%s is refused, saying what to write', async (_, text, expected) => {
  const message = await errorOf(() => parseLabels('l.json', text))
  expect(message).toContain(expected)
  expect(message).toContain('Write {"0": "setosa", "1": "versicolor"} or ["setosa", "versicolor"].')
})
