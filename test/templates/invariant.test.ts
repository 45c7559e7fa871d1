import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { create } from '../../src/create.ts'
import { parseLock } from '../../src/lock.ts'
import { makeFolder, readTree } from '../helpers/folder.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** Files that every server has in the same bytes: copied from base/, not rendered, not a feature's, not an input. */
async function commonFiles(request: { variableFile?: string; model?: string }): Promise<Record<string, string>> {
  const folder = makeFolder()
  const { project } = await create({ cwd: folder, ...request })
  const { target } = project.inputs
  const lock = parseLock(readFileSync(join(target, 'inference-server.lock.json'), 'utf8'), 'lock')
  const tree = readTree(target)
  return Object.fromEntries(Object.entries(tree).filter(([path]) => lock.files[path]?.from.startsWith('base/')))
}

test('servers of different models differ only in rendered files, features and inputs', async () => {
  const [iris, ...others] = await Promise.all([
    commonFiles({ variableFile: join(ROOT, 'examples/iris/vars.yaml') }),
    commonFiles({ variableFile: join(ROOT, 'examples/digits/vars.yaml') }),
    commonFiles({ model: join(MODELS, 'two_inputs.onnx') }),
    commonFiles({ model: join(MODELS, 'string_input.onnx') }),
  ])
  expect(Object.keys(iris ?? {})).toContain('src/app.ts')
  for (const other of others) expect(other).toEqual(iris)
})
