import { expect, test } from 'vitest'
import { parseMapping } from '../../src/inputs/mapping.ts'
import { errorOf } from '../helpers/errors.ts'

test('an entry is a path, a map, or a list of maps', () => {
  const entries = parseMapping(
    'm.yaml',
    `a.njk: "{}/a"
b.njk: {path: "{}/b", when: {task: tensor}, owner: team, required: true}
c.njk:
  - {path: "{}/c1"}
  - "{}/c2"
`,
  )
  expect(entries.map(({ place: _, ...entry }) => entry)).toEqual([
    { template: 'a.njk', path: '{}/a', when: {}, owner: 'shared', required: false },
    { template: 'b.njk', path: '{}/b', when: { task: 'tensor' }, owner: 'team', required: true },
    { template: 'c.njk', path: '{}/c1', when: {}, owner: 'shared', required: false },
    { template: 'c.njk', path: '{}/c2', when: {}, owner: 'shared', required: false },
  ])
})

test.each([
  ['a number for a path', 'a.njk: 3', 'm.yaml:1:8'],
  ['an unknown key', 'a.njk: {path: "{}/a", wehn: {}}', 'm.yaml:1:23 | a.njk.wehn | unknown key'],
  ['an unknown owner', 'a.njk: {path: "{}/a", owner: me}', 'm.yaml:1:8'],
  ['an empty list', 'a.njk: []', 'm.yaml:1:8'],
  ['a list of entries', '- a.njk', 'm.yaml:1:1'],
])('%s is refused with its place', async (_, text, place) => {
  expect(await errorOf(() => parseMapping('m.yaml', text))).toContain(
    `invalid: m.yaml is not a valid mapping\n  ${place}`,
  )
})
