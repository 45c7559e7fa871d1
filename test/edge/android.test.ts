import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeResources, RESOURCES } from '../../scripts/make-edge-android-vectors.ts'
import { refuseUnsupported } from '../../src/edge/android/capability.ts'
import { contractHash } from '../../src/edge/contract-hash.ts'
import { exportEdge } from '../../src/edge/export.ts'
import { buildExample, buildModel, buildProject } from '../helpers/built-server.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS, makeFolder, makeProject, makeSharedFolder, readTree } from '../helpers/folder.ts'
import { noMaven, runMaven } from '../helpers/maven.ts'
import { ROOT } from '../helpers/paths.ts'

const SOURCES = join(ROOT, 'templates/fastify-onnx/features/edge-android/base/edge-android')

/** `edge export --target android`: the folder that it writes. */
async function exportAndroid(server: string, samples?: string): Promise<string> {
  await exportEdge({ server, target: ['android'], samples })
  return join(server, 'edge/android')
}

const SAMPLES = join(ROOT, 'examples/digits/samples')
/** Maven compiles Kotlin, on a machine that may be busy. */
const MINUTES = 30 * 60_000
const MODELS_OF_ALL_KINDS = [
  'float16.onnx',
  'int64.onnx',
  'leading_1.onnx',
  'two_inputs.onnx',
  'several_outputs.onnx',
  'binary_classifier.onnx',
  'regressor_float64.onnx',
]

const HOSTILE = ['"', '\\', '${name}', '"""', '*/', '</string>', '\n', '\u2028', '{{ name }}']

describe('the files', () => {
  test('are a Gradle project around the model, its declaration and golden vectors', async () => {
    const server = await buildExample('digits', makeFolder())
    const folder = await exportAndroid(server)
    const parts = [
      'settings.gradle.kts',
      'edge-core/pom.xml',
      'app/src/main/AndroidManifest.xml',
      'golden.json',
      '.editorconfig',
    ]
    for (const path of [...parts, 'models/digits.onnx', 'report.md'])
      expect(existsSync(join(folder, path)), path).toBe(true)
    expect(statSync(join(folder, 'edge-core/check.sh')).mode & 0o111).toBe(0o111)
    const declared = JSON.parse(readFileSync(join(folder, 'edge.json'), 'utf8'))
    const { config } = JSON.parse(readFileSync(join(server, 'inference-server.lock.json'), 'utf8'))
    expect(declared).toMatchObject({ name: 'digits', preprocess: config.preprocess, labels: config.labels.names })
    expect(declared.model).toEqual({
      file: 'digits.onnx',
      version: 0,
      sha256: config.model.sha256,
      size: config.model.bytes,
      format: 'onnx',
      precision: 'fp32',
      contract: contractHash(config),
    })
    expect(declared.finiteOutputs).toEqual(['logits'])
  })

  test('are the sources that the server holds with options.edge, as the team has them', async () => {
    const server = await buildExample('iris', makeFolder(), ['options.edge.targets=[android]'])
    const source = readFileSync(join(server, 'edge-android/app/build.gradle.kts'), 'utf8')
    expect(source).toBe(readFileSync(join(SOURCES, 'app/build.gradle.kts'), 'utf8'))
    writeFileSync(join(server, 'edge-android/app/build.gradle.kts'), `${source}// ours\n`)
    const folder = await exportAndroid(server)
    expect(readFileSync(join(folder, 'app/build.gradle.kts'), 'utf8')).toBe(`${source}// ours\n`)
  })

  test('hold values of vars as data only', async () => {
    const folder = await exportAndroid(await buildHostile())
    expect(JSON.parse(readFileSync(join(folder, 'edge.json'), 'utf8')).labels).toEqual(HOSTILE.slice(0, 3))
    expect(readFileSync(join(folder, 'app/build.gradle.kts'), 'utf8')).not.toContain('hostile')
  })

  test('hold test vectors as they are made now: of the transforms, and of updates', () => {
    for (const [name, text] of makeResources()) expect(readFileSync(join(RESOURCES, name), 'utf8'), name).toBe(text)
  })
})

test('the app names no resource that is not there, and leaves none unused', () => {
  const files = Object.entries(readTree(join(SOURCES, 'app/src/main'))).map(([, text]) => text)
  const find = (pattern: RegExp) =>
    files.flatMap((text) => [...text.matchAll(pattern)].map(([, kind, name]) => `${kind} ${name}`))
  const named = new Set([...find(/(?<!android\.)\bR\.(string|id|layout)\.(\w+)/g), ...find(/"@(string|id)\/(\w+)"/g)])
  const ids = find(/"@\+(id)\/(\w+)"/g)
  const there = [...ids, ...find(/<(string) name="(\w+)"/g), 'layout main', 'string app_name']
  expect([...named].sort()).toEqual([...new Set(there)].sort())
})

test("a model whose inputs onnxruntime's Java API has no tensors of is refused", async () => {
  const inputs = [
    { name: 'a', dtype: 'uint32', shape: [1] },
    { name: 'b', dtype: 'int64', shape: [1] },
  ] as const
  const server = { config: { name: 'x', inputs } }
  // Of a server, only this is looked at.
  expect(await errorOf(() => refuseUnsupported({ server } as never))).toMatchInlineSnapshot(`
    "invalid: x cannot be exported to Android
      a | is uint32, which onnxruntime's Java API has no tensors of
      > A Cast in the model makes the input int32 or int64; --target web runs it as it is."
  `)
})

describe.skipIf(noMaven !== '')(`edge-core on the JVM${noMaven}`, () => {
  const shared = makeSharedFolder()

  test('digits: the same bits, outputs and labels, and all of the update client', { timeout: MINUTES }, async () => {
    const folder = await exportAndroid(await buildExample('digits', shared), SAMPLES)
    expect(await runMaven(join(folder, 'edge-core'), 'verify')).toEqual({ code: 0, output: '' })
    const [golden] = readResults(folder, 'GoldenTest')
    expect(golden).toMatchObject({ failures: '0', errors: '0', skipped: '0' })
    const { vectors } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'))
    // Bits, outputs, prediction and label of each, and that there are any.
    expect(Number(golden?.tests)).toBe(vectors.length * 4 + 1)
  })

  // The code is compiled already, and the same in every export.
  const again = (folder: string, ...words: string[]) =>
    runMaven(join(shared, 'digits/edge/android/edge-core'), `-Dedge.export=${folder}`, ...words, 'surefire:test')

  test('iris: numbers in, and operators of ai.onnx.ml', { timeout: MINUTES }, async () => {
    const folder = await exportAndroid(await buildExample('iris', makeFolder()))
    expect(await again(folder)).toEqual({ code: 0, output: '' })
  })

  test('labels that would break out of a language are labels', { timeout: MINUTES }, async () => {
    expect(await again(await exportAndroid(await buildHostile()), '-Dtest=GoldenTest')).toEqual({ code: 0, output: '' })
  })

  test.each(MODELS_OF_ALL_KINDS)('%s', { timeout: MINUTES }, async (model) => {
    const folder = await exportAndroid(await buildModel(model, makeFolder()))
    expect(await again(folder, '-Dtest=GoldenTest')).toEqual({ code: 0, output: '' })
  })

  test('strings in', { timeout: MINUTES }, async () => {
    const samples = makeFolder({ 'one.json': '{"data": {"colour": [["red"]], "size": [["s"]]}}' })
    const folder = await exportAndroid(await buildModel('string_input.onnx', makeFolder()), samples)
    expect(await again(folder, '-Dtest=GoldenTest')).toEqual({ code: 0, output: '' })
  })

  test('an answer that is another is found', { timeout: MINUTES }, async () => {
    const folder = await exportAndroid(await buildExample('iris', makeFolder()))
    const golden = readFileSync(join(folder, 'golden.json'), 'utf8')
    writeFileSync(join(folder, 'golden.json'), golden.replaceAll('"label": "setosa"', '"label": "virginica"'))
    const { code, output } = await again(folder, '-Dtest=GoldenTest')
    expect(code).toBe(1)
    expect(output).toMatch(/expected: <virginica> but was: <setosa>/)
  })

  test('all Kotlin, Gradle and XML files are well formed, the app not compiled here', {
    timeout: MINUTES,
  }, async () => {
    const folder = join(shared, 'digits/edge/android')
    expect(await runMaven(join(folder, 'edge-core'), '-Plint', 'validate')).toEqual({ code: 0, output: '' })
  })
})

describe('where the team edited its code', () => {
  const edit = (server: string, file: string, from: string, to: string) => {
    for (const path of [`src/${file}.ts`, `dist/${file}.js`]) {
      const text = readFileSync(join(server, path), 'utf8')
      expect(text, path).toContain(from)
      writeFileSync(join(server, path), text.replace(from, to))
    }
  }

  test('there is no export where it cannot be tested, and the message says what to do', async () => {
    const server = await buildExample('iris', makeFolder())
    edit(server, 'model/preprocess', 'return data', 'return { ...data }')
    vi.stubEnv('PATH', '/nowhere')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await errorOf(() => exportAndroid(server))).toMatchInlineSnapshot(`
      "invalid: Whether Android would answer what your server answers cannot be found out here
        src/model/preprocess.ts | was edited (it, or what it imports of src/transforms/): code is not translated to Kotlin
        > Install Java 17 and Maven: its golden vectors are then checked. Or export to web, which runs your code as it is."
    `)
    expect(existsSync(join(server, 'edge'))).toBe(false)
  })

  describe.skipIf(noMaven !== '')(`tested by Maven${noMaven}`, () => {
    test('there is an export where Android answers the same', { timeout: MINUTES }, async () => {
      const server = await buildExample('iris', makeFolder())
      edit(server, 'model/preprocess', 'return data', 'return { ...data }')
      expect(existsSync(join(await exportAndroid(server), 'edge.json'))).toBe(true)
    })

    test('there is none where it does not, and the message says what differs', { timeout: MINUTES }, async () => {
      const server = await buildExample('iris', makeFolder())
      const doubled = '({ ...tensor, data: tensor.data.map((x) => x * 2) })'
      const all = `Object.fromEntries(Object.entries(data).map(([name, tensor]) => [name, ${doubled}]))`
      edit(server, 'model/preprocess', 'return data', `return ${all}`)
      const error = await errorOf(() => exportAndroid(server))
      expect(error).toContain('invalid: Android would not answer what your server answers')
      expect(error).toContain('src/model/preprocess.ts | was edited')
      expect(error).toMatch(/GoldenTest.*the bits of float_input/)
      expect(existsSync(join(server, 'edge'))).toBe(false)
    })
  })
})

/** Labels that would break out of most languages. */
function buildHostile(): Promise<string> {
  const labels = JSON.stringify(HOSTILE.slice(0, 3))
  const folder = makeProject('iris.onnx', { 'vars.yaml': IRIS_VARS, 'label.json': labels })
  return buildProject({ cwd: folder })
}

/** What Maven wrote of a class of tests. */
function readResults(folder: string, test: string): Record<string, string>[] {
  const reports = join(folder, 'edge-core/target/surefire-reports')
  return readdirSync(reports)
    .filter((file) => file.endsWith(`.${test}.xml`))
    .map((file) => /<testsuite [^>]*>/.exec(readFileSync(join(reports, file), 'utf8'))?.[0] ?? '')
    .map((suite) =>
      Object.fromEntries([...suite.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])),
    )
}
