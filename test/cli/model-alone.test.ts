import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveProject } from '../../src/create.ts'
import { runCli } from '../helpers/cli.ts'
import { makeFolder, makeProject, readTree } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'

/** The fixture models that cannot be served, and what must be said. */
const REFUSED: Record<string, string> = {
  'bfloat16.onnx': 'export it with float32 or float16',
  'custom_operator.onnx': 'custom operators, which onnxruntime-node does not have: org.example.Frobnicate',
  'multi_output_classifier.onnx': 'export it with tensor outputs',
  'optional_output.onnx': 'optional<float32>, which cannot be served',
  'sequence_output.onnx': 'export it with tensor outputs',
  'zipmap_in_if.onnx': 'Convert the model without it',
  'zipmap_not_last.onnx': 'Convert the model without it',
}
const models = readdirSync(MODELS).filter((file) => file.endsWith('.onnx'))

function makeModel(model: string): string {
  const folder = makeProject(model, {})
  if (model.startsWith('external')) copyFileSync(join(MODELS, 'external_data.bin'), join(folder, 'external_data.bin'))
  return folder
}

describe('--model alone', () => {
  test.each(models.filter((model) => !(model in REFUSED)))(
    'generates a server from %s, and the same again from its own vars',
    async (model) => {
      const folder = makeModel(model)
      const made = await runCli(folder, ['--model', model, '--yes', '--json'])
      expect(made).toMatchObject({ code: 0, stderr: '' })
      const { target }: { target: string } = JSON.parse(made.stdout)
      const before = readTree(target)
      expect(await runCli(target, ['--json'])).toMatchObject({ code: 0 })
      expect(readTree(target)).toEqual(before)
    },
  )

  test.each(Object.entries(REFUSED))('refuses %s by name, with the way out', async (model, says) => {
    const folder = makeModel(model)
    const before = readTree(folder)
    const result = await runCli(folder, ['--model', model, '--yes'])
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain(says)
    expect(readTree(folder)).toEqual(before)
  })

  test('stores external data beside the model', async () => {
    const folder = makeModel('external_data.onnx')
    expect(await runCli(folder, ['--model', 'external_data.onnx', '--yes'])).toMatchObject({ code: 0 })
    const stored = readFileSync(join(folder, 'external-data/models/external_data.bin'))
    expect(stored).toEqual(readFileSync(join(MODELS, 'external_data.bin')))
  })

  test('writes the class labels of a ZipMap as a label file', async () => {
    const folder = makeModel('zipmap_string_labels.onnx')
    expect(await runCli(folder, ['--model', 'zipmap_string_labels.onnx', '--yes'])).toMatchObject({ code: 0 })
    const server = join(folder, 'zipmap-string-labels')
    expect(JSON.parse(readFileSync(join(server, 'models/label.json'), 'utf8'))).toEqual({
      0: 'setosa',
      1: 'versicolor',
      2: 'virginica',
    })
    expect(readFileSync(join(server, 'vars.yaml'), 'utf8')).toContain('label_file_name: label.json')
  })

  test('takes --name, --labels and --set with it', async () => {
    const folder = makeModel('classifier_no_zipmap.onnx')
    writeFileSync(join(folder, 'names.json'), '["a", "b", "c"]')
    const args = [
      '--model',
      'classifier_no_zipmap.onnx',
      '--name',
      'abc',
      '--labels',
      'names.json',
      '--set',
      'server.port=9000',
    ]
    expect(await runCli(folder, args)).toMatchObject({ code: 0 })
    const vars = readFileSync(join(folder, 'abc/vars.yaml'), 'utf8')
    expect(vars).toContain('name: abc')
    expect(vars).toContain('label_file_name: names.json')
    expect(vars).toContain('port: 9000')
  })
})

describe('init', () => {
  test.each(models.filter((model) => !(model in REFUSED)))('prints vars of %s that describe it', async (model) => {
    const folder = makeModel(model)
    const { stdout, code } = await runCli(folder, ['init', model])
    expect(code).toBe(0)
    writeFileSync(join(folder, 'vars.yaml'), stdout)
    const { config } = await resolveProject({ cwd: folder })
    expect(config.sample.given).toBe(false)
    expect(config).toEqual((await resolveProject({ cwd: makeModel(model), model })).config)
  })

  test('says a guess as a guess', async () => {
    const { stdout } = await runCli(makeModel('image.onnx'), ['init', 'image.onnx'])
    expect(stdout).toMatch(
      /# A guess: "pixels" looks like an image \(nchw\)[\s\S]*\n# preprocess: \{kind: image, size: \[8, 8\]/,
    )
  })

  test('--out writes vars.yaml with its schema, and never over a file', async () => {
    const folder = makeModel('int64.onnx')
    expect(await runCli(folder, ['init', 'int64.onnx', '--out', 'made'])).toMatchObject({ code: 0 })
    expect(existsSync(join(folder, 'made/vars.schema.json'))).toBe(true)
    const before = readTree(folder)
    expect(await runCli(folder, ['init', 'int64.onnx', '--out', 'made'])).toMatchObject({ code: 5, stdout: '' })
    expect(readTree(folder)).toEqual(before)
  })
})

describe('inspect', () => {
  test('says what a model takes, gives and is made of', async () => {
    const { stdout, code } = await runCli(makeModel('zipmap_string_labels.onnx'), [
      'inspect',
      'zipmap_string_labels.onnx',
    ])
    expect(code).toBe(0)
    for (const words of [
      'float_input',
      'float32 (?,4)',
      'ZipMap',
      'setosa, versicolor, virginica',
      'ai.onnx.ml 1',
      'skl2onnx',
    ])
      expect(stdout).toContain(words)
  })

  test('--json gives the facts as one document', async () => {
    const { stdout } = await runCli(makeModel('two_inputs.onnx'), ['inspect', 'two_inputs.onnx', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      ok: true,
      inputs: [
        { name: 'x', dtype: 'float32', shape: ['batch', 3] },
        { name: 'ids', dtype: 'int64', shape: ['batch', 1] },
      ],
      warnings: [],
    })
  })

  test('a file that is no model is one message', async () => {
    const folder = makeFolder({ 'notes.onnx': 'notes about a model\n' })
    const { stderr, code } = await runCli(folder, ['inspect', 'notes.onnx'])
    expect(code).toBe(2)
    expect(stderr.match(/✖/g)).toHaveLength(1)
  })
})
