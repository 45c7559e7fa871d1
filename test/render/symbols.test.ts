import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveProject } from '../../src/create.ts'
import { freeSymbols } from '../../src/render/symbols.ts'
import { makeIris } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

const TEMPLATES = join(ROOT, 'templates/fastify-onnx')
const templates = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.njk'))

test('the names that a template reads are found wherever they stand', () => {
  const text =
    '{{ a | ts }}{% if b.c %}{% for x, y in d %}{{ x }}{{ y.e ~ f }}{{ loop.index }}{% endfor %}{% endif %}{% set g = h %}{{ g }}{{ i[j] | json(k) }}'
  expect([...freeSymbols(text)].sort()).toEqual(['a', 'b', 'd', 'f', 'h', 'i', 'j', 'k'])
})

test.each(templates)('%s reads nothing but keys of Config', async (template) => {
  const { config } = await resolveProject({ cwd: makeIris() })
  const unknown = [...freeSymbols(readFileSync(join(TEMPLATES, template), 'utf8'))].filter((name) => !(name in config))
  expect(unknown).toEqual([])
})
