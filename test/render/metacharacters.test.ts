import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create as message, toBinary } from '@bufbuild/protobuf'
import { transform } from 'esbuild'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { renderProject, resolveProject } from '../../src/create.ts'
import { CreateError } from '../../src/errors.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import type { RenderedFile } from '../../src/render/rendered-file.ts'
import { makeFolder, writeFiles } from '../helpers/folder.ts'

/** Text made of what some language gives a meaning to, mixed with anything that a person may write. */
const nasty = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'\'"`\\${}#:%&*!|>@-?,[]()<>=~;\n\r\t '.split('')) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          '{{',
          '}}',
          '{%',
          '%}',
          '${',
          '$(',
          '*/',
          '//',
          '---',
          '\u2028',
          '\u0085',
          '\ufeff',
          '__proto__',
          'yes',
          'null',
          '</script>',
        ),
      },
      { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '') // ONNX takes an empty name for none

/** A model that hands its string input to its float output's neighbour: names as nasty as they come. */
function makeModel(input: string, output: string, dim: string): Uint8Array {
  const port = (name: string, elemType: number) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType,
          shape: {
            dim: [
              { value: { case: 'dimParam' as const, value: dim } },
              { value: { case: 'dimValue' as const, value: 2n } },
            ],
          },
        },
      },
    },
  })
  return toBinary(
    ModelProtoSchema,
    message(ModelProtoSchema, {
      irVersion: 8n,
      producerName: input,
      opsetImport: [{ domain: '', version: 17n }],
      graph: {
        name: 'g',
        node: [{ opType: 'Identity', input: [input], output: [output] }],
        input: [port(input, 8)],
        output: [port(output, 8)],
      },
    }),
  )
}

interface Names {
  readonly input: string
  readonly output: string
  readonly dim: string
  readonly sample: string
}

const names: fc.Arbitrary<Names> = fc
  .record({ input: nasty, output: nasty, dim: nasty, sample: nasty })
  .filter(({ input, output }) => input !== output && input !== '__proto__' && output !== '__proto__')

async function generate({ input, output, sample }: Names, model: Uint8Array): Promise<RenderedFile[]> {
  const folder = makeFolder()
  writeFileSync(join(folder, 'm.onnx'), model)
  const vars = {
    name: 'nasty',
    model_file_name: 'm.onnx',
    inputs: { [input]: { dtype: 'string', sample: [[sample, sample]] } },
    outputs: { [output]: { dtype: 'string', sample: [[sample, sample]] } },
  }
  writeFiles(folder, { 'vars.yaml': JSON.stringify(vars) })
  return renderProject(await resolveProject({ cwd: folder }))
}

/** The text of a rendered file. */
function textOf(files: readonly RenderedFile[], path: string): string {
  const content = files.find((file) => file.path === path)?.content
  return content?.kind === 'bytes' ? Buffer.from(content.bytes).toString() : ''
}

/** Evaluates contract.ts as Node would. */
async function loadContract(files: readonly RenderedFile[]): Promise<Record<string, unknown>> {
  const { code } = await transform(textOf(files, 'src/contract.ts'), { loader: 'ts', format: 'esm' })
  const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
  return module.contract
}

test('names and samples with metacharacters come out of every template as data', async () => {
  const plain = await generate({ input: 'x', output: 'y', dim: 'n', sample: 's' }, makeModel('x', 'y', 'n'))
  await fc.assert(
    fc.asyncProperty(names, async (one) => {
      const files = await generate(one, makeModel(one.input, one.output, one.dim))
      expect(files.map(({ path }) => path)).toEqual(plain.map(({ path }) => path))
      expect(await loadContract(files)).toMatchObject({
        inputs: [{ name: one.input, shape: [one.dim, 2] }],
        outputs: [{ name: one.output, shape: [one.dim, 2] }],
        sample: { data: [[one.sample, one.sample]] },
        predict: { output: one.output },
      })
      for (const { path, from } of files) {
        const text = textOf(files, path)
        if (path.endsWith('.ts') && from.startsWith('files/')) await transform(text, { loader: 'ts' })
        if (path.endsWith('.json')) JSON.parse(text)
        if (/\.ya?ml$/.test(path)) for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([])
        // Whatever is neither source, nor README, nor the inputs themselves depends on nothing that these names say.
        if (/^(Dockerfile|makefile|\.env|compose\.yaml|manifests\/)/.test(path)) {
          const mask = (value: string) => value.replaceAll(/"?[0-9a-f]{64}"?/g, '<hash>')
          expect(mask(text)).toBe(mask(textOf(plain, path)))
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('the one name that cannot come out as data is refused', async () => {
  const one = { input: '__proto__', output: 'y', dim: 'n', sample: 's' }
  await expect(generate(one, makeModel(one.input, one.output, one.dim))).rejects.toBeInstanceOf(CreateError)
})

test('labels with metacharacters come out as data', async () => {
  const plainLines = linesOfReadme(await renderWithLabels(['a', 'b', 'c']))
  await fc.assert(
    fc.asyncProperty(fc.array(nasty, { minLength: 3, maxLength: 3 }), async (labels) => {
      const files = await renderWithLabels(labels)
      expect((await loadContract(files)).labels).toEqual(labels)
      // A label's line ends do not break out of its line.
      expect(linesOfReadme(files)).toBe(plainLines)
    }),
    { numRuns: 40 },
  )
})

async function renderWithLabels(labels: readonly string[]): Promise<readonly RenderedFile[]> {
  const folder = makeFolder()
  const iris = join(import.meta.dirname, '../../examples/iris')
  writeFiles(folder, { 'label.json': JSON.stringify(labels) })
  return renderProject(
    await resolveProject({
      cwd: folder,
      model: join(iris, 'iris.onnx'),
      labels: 'label.json',
      variableFile: join(iris, 'vars.yaml'),
    }),
  )
}

function linesOfReadme(files: readonly RenderedFile[]): number {
  return textOf(files, 'README.md').split('\n').length
}
