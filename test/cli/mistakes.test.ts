import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { IRIS_VARS, makeFolder, makeIris, readTree } from '../helpers/folder.ts'
import { IRIS } from '../helpers/paths.ts'

/** A newcomer's mistake: the folder it is made in, what is typed, and what must be said. */
interface Mistake {
  readonly what: string
  readonly prepare: () => string
  readonly args: readonly string[]
  readonly code: number
  readonly says: readonly string[]
}

const edited = (from: string | RegExp, to: string) => () => makeIris({ 'vars.yaml': IRIS_VARS.replace(from, to) })
const withModel = (bytes: string | Uint8Array) => () => {
  const folder = makeIris()
  writeFileSync(join(folder, 'iris.onnx'), bytes)
  return folder
}
const cutModel = () => readFileSync(join(IRIS, 'iris.onnx')).subarray(0, 400)

const MISTAKES: Mistake[] = [
  {
    what: 'a vars file that is not there',
    prepare: () => makeIris(),
    args: ['--variable_file', 'var.yaml'],
    code: 2,
    says: ['var.yaml is not there', 'There is vars.yaml in that folder'],
  },
  {
    what: 'a model that is not there',
    prepare: edited('iris.onnx', 'rose.onnx'),
    args: [],
    code: 2,
    says: ['The model is not there', 'rose.onnx', '--model FILE'],
  },
  {
    what: 'a label file that is not there',
    prepare: edited('label.json', 'labels.json'),
    args: [],
    code: 2,
    says: ['The label file is not there', '--labels FILE'],
  },
  {
    what: 'a tab in YAML',
    prepare: edited('name: iris', 'server:\n\tport: 1\nname: iris'),
    args: [],
    code: 2,
    says: ['vars.yaml:2:1', 'a tab is used for indentation'],
  },
  {
    what: 'a wrong dtype',
    prepare: edited('data_type: float32', 'data_type: float64'),
    args: [],
    code: 2,
    says: ['vars.yaml:4:12', '"float64", but the model\'s input "float_input" is float32'],
  },
  {
    what: 'a wrong shape',
    prepare: edited('(1,4)', '(1,5)'),
    args: [],
    code: 2,
    says: ['vars.yaml:5:17', '(1,5), but the model\'s input "float_input" is (batch,4)'],
  },
  {
    what: 'an unknown key',
    prepare: edited('model_file_name', 'model_filename'),
    args: [],
    code: 2,
    says: ['vars.yaml:2:1', 'unknown key (did you mean "model_file_name"?)'],
  },
  {
    what: 'a typo in a flag',
    prepare: () => makeIris(),
    args: ['--varaible_file', 'vars.yaml'],
    code: 2,
    says: ['unknown option "--varaible-file"', 'Did you mean --variable-file?'],
  },
  {
    what: 'a typo in a command',
    prepare: () => makeIris(),
    args: ['valdiate'],
    code: 2,
    says: ['unknown command "valdiate"', 'Did you mean validate?'],
  },
  {
    what: 'a flag without its value',
    prepare: () => makeIris(),
    args: ['--name'],
    code: 2,
    says: ['--name <name>', 'argument missing'],
  },
  {
    what: 'a folder that holds other files on our paths',
    prepare: () => {
      const folder = makeIris()
      mkdirSync(join(folder, 'iris'))
      writeFileSync(join(folder, 'iris/package.json'), '{"name": "mine"}')
      return folder
    },
    args: [],
    code: 5,
    says: ['package.json', '--force'],
  },
  {
    what: 'a model that is a text file',
    prepare: withModel('this is no model, but a note about one\n'),
    args: [],
    code: 2,
    says: ['iris.onnx'],
  },
  {
    what: 'a model that is a Git LFS pointer',
    prepare: withModel('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    args: [],
    code: 2,
    says: ['git lfs pull'],
  },
  { what: 'a cut model', prepare: () => withModel(cutModel())(), args: [], code: 2, says: ['iris.onnx'] },
  {
    what: 'a label file that is too short',
    prepare: () => makeIris({ 'label.json': '["setosa", "versicolor"]' }),
    args: [],
    code: 2,
    says: ['vars.yaml:3:18', 'label.json holds 2 labels, but the model answers 3 scores per row'],
  },
  {
    what: 'a name that is no DNS label',
    prepare: () => makeIris(),
    args: ['--name', 'My Iris'],
    code: 2,
    says: ['"My Iris" is no DNS label', 'use "my-iris"'],
  },
  {
    what: 'a mapping that climbs out',
    prepare: () => makeIris({ 'correspond_file_path.yaml': 'README.md.njk: "{}/../README.md"\n' }),
    args: [],
    code: 2,
    says: ['correspond_file_path.yaml:1:16', "climbs out of the server's folder"],
  },
  {
    what: 'a mapping that drops what the server imports',
    prepare: () => makeIris({ 'correspond_file_path.yaml': 'README.md.njk: "{}/README.md"\n' }),
    args: [],
    code: 2,
    says: ['src/contract.ts.njk', 'it must not be left out'],
  },
  {
    what: 'a mapping with a template of its own',
    prepare: () => makeIris({ 'correspond_file_path.yaml': 'own.njk: "{}/own"\n', 'own.njk': '{{ name }}' }),
    args: [],
    code: 4,
    says: ['own.njk', '--trust'],
  },
  {
    what: 'a template of its own without trust',
    prepare: () => makeIris({ 't/template.yaml': 'name: t\nversion: 1\n' }),
    args: ['--template', 't'],
    code: 4,
    says: ['--trust'],
  },
  {
    what: 'a target that is a link to elsewhere',
    prepare: () => {
      const folder = makeIris()
      mkdirSync(join(folder, 'elsewhere'))
      symlinkSync('elsewhere', join(folder, 'iris'))
      return folder
    },
    args: [],
    code: 5,
    says: ['iris'],
  },
  {
    what: 'a model lying about without vars',
    prepare: () => makeFolder({ 'model.onnx': 'x' }),
    args: [],
    code: 2,
    says: ['--model'],
  },
  { what: 'no name at all', prepare: edited('name: iris\n', ''), args: [], code: 2, says: ['--name'] },
]

describe('a newcomer who makes a mistake is told once, clearly, and nothing is written', () => {
  test.each(MISTAKES)('$what', async ({ prepare, args, code, says }) => {
    const folder = prepare()
    const before = readTree(folder)
    const result = await runCli(folder, args)
    expect(result).toMatchObject({ code, stdout: '' })
    for (const words of says) expect(result.stderr).toContain(words)
    expect(result.stderr.match(/✖/g)).toHaveLength(1)
    expect(result.stderr).not.toMatch(/\n\s+at |node:internal|undefined|\[object/)
    expect(readTree(folder)).toEqual(before)
  })

  test.each(MISTAKES)('$what: the same as one JSON document', async ({ prepare, args, code }) => {
    const result = await runCli(prepare(), [...args, '--json'])
    expect(result.code).toBe(code)
    expect(JSON.parse(result.stdout)).toMatchObject({
      schema: 1,
      ok: false,
      error: { message: expect.any(String), issues: expect.any(Array) },
    })
    expect(result.stderr).toBe('')
  })
})
