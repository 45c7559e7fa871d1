import { expect, test } from 'vitest'
import { applyOverrides, parseSet } from '../../src/inputs/overrides.ts'
import { parseYaml } from '../../src/inputs/yaml.ts'
import { errorOf } from '../helpers/errors.ts'

const TEXT = `# about the server
name:   iris # its name
server: {port: 8000}
`
const apply = (...sets: string[]) => applyOverrides(parseYaml('vars.yaml', TEXT), sets.map(parseSet))

test('a value is written into the document and the comments stay', () => {
  expect(apply('name=rose', 'server.port=9000').text).toBe(`# about the server
name: rose # its name
server: {port: 9000}
`)
})

test('a key that is not there yet is added', () => {
  expect(apply('budget.latency_p99_ms=20').value).toMatchObject({ budget: { latency_p99_ms: 20 } })
})

test('a value that changes nothing leaves every byte as it is', () => {
  expect(apply('name=iris', 'server.port=8000').text).toBe(TEXT)
})

test('a value that is no YAML is taken as the string that it is', () => {
  expect(apply('code_owners.ml=@org/ml').value).toMatchObject({ code_owners: { ml: '@org/ml' } })
})

test('a finding about an overridden value names the flag, not a line', () => {
  const yaml = apply('server.port=70000')
  expect(yaml.locate(['server', 'port'])).toEqual({ file: '--set server.port=70000' })
  expect(yaml.locate(['name'])).toEqual({ file: 'vars.yaml', line: 2, col: 9 })
})

test.each(['port', '=1'])('--set %s is refused', async (text) => {
  expect(await errorOf(() => parseSet(text))).toBe(
    `usage: --set ${text}: expected key=value\n  > For example --set server.port=9000.`,
  )
})

test('--set below a value that is no map is refused', async () => {
  expect(await errorOf(() => apply('name.first=x'))).toBe('usage: --set name.first=x: name in vars.yaml is not a map')
})
