import { readFileSync } from 'node:fs'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CreateError } from '../../src/errors.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { encodeModel, fixture, makeFolder, node, writeBytes } from './support.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('a file that is no ONNX model', () => {
  test.each([
    ['an empty file', '', 'is an empty file', /again/],
    ['a text file', 'name: iris\nmodel_file_name: iris.onnx\n', 'is a text file', /\.onnx/],
    ['text in another script', 'モデル\n'.repeat(300), 'is a text file', /\.onnx/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
      'is a Git LFS pointer',
      /git lfs pull/,
    ],
    ['a web page', '\n<!DOCTYPE html><html><title>Sign in</title>', 'is a web page', /again/],
    ['a pickle', latin1('\x80\x04\x95\x1f\0\0\0\0\0\0\0\x8c\x07sklearn'), 'is a Python pickle', /to_onnx/],
    [
      'a PyTorch checkpoint',
      latin1('PK\x03\x04\0\0\x08\x08\0\0\0\0archive/data.pkl'),
      'is a zip archive',
      /torch\.onnx\.export/,
    ],
    ['a Keras file', latin1('\x89HDF\r\n\x1a\n\0\0\0\0'), 'is an HDF5 file', /format="onnx"/],
    [
      'a TensorFlow SavedModel',
      latin1(`\x08\x01\x12\x60\x0a\x5e${'\x12\x04abcd'.repeat(15)}\x0a\x02hi`),
      'is a TensorFlow SavedModel',
      /tf2onnx/,
    ],
    ['a TensorFlow Lite model', latin1('\x1c\0\0\0TFL3\x14\0\x20\0'), 'is a TensorFlow Lite model', /tf2onnx/],
    ['an ORT model', latin1('\x1c\0\0\0ORTM\x14\0\x20\0'), 'is a model in ONNX Runtime format', /\.onnx/],
    ['a safetensors file', latin1('\x58\0\0\0\0\0\0\0{"weight":{"dtype":"F32"}}'), 'is a safetensors file', /torch/],
    ['a GGUF file', latin1('GGUF\x03\0\0\0'), 'is a GGUF file', /ONNX/],
    ['a gzip archive', latin1('\x1f\x8b\x08\0\0\0'), 'is a gzip archive', /gunzip/],
  ])('%s is named, with a way out', async (_, bytes, what, hint) => {
    const path = await writeBytes(bytes)
    const error = await refusal(path)
    expect(error).toMatchObject({ code: 'invalid', hint: expect.stringMatching(hint) })
    expect(error?.message).toContain(`${path} ${what}`)
  })

  test('nothing at the path is not_found', async () => {
    const path = join(await makeFolder(), 'gone.onnx')
    expect(await refusal(path)).toMatchObject({ code: 'not_found', message: `There is no model at ${path}.` })
  })

  test('a path that leads nowhere is not_found too', async () => {
    const file = await writeBytes('x')
    for (const path of [join(file, 'model.onnx'), `${file}\0.onnx`, `${file}${'x'.repeat(5000)}`]) {
      expect(await refusal(path)).toMatchObject({ code: 'not_found' })
    }
  })

  test('a folder is named', async () => {
    const path = join(await makeFolder(), 'model.onnx')
    await mkdir(path)
    expect(await refusal(path)).toMatchObject({ code: 'invalid', message: `${path} is a folder.` })
  })

  test.each(['name{"x":1}', 'TFL3', 'ORTM'])('a model whose producer is called %s is a model', async (producerName) => {
    const graph = { node: [node('Neg', ['x'], ['y'])] }
    const path = await writeBytes(encodeModel(graph, ['y'], producerName))
    expect((await readModel(path)).outputs.map(({ name }) => name)).toEqual(['y'])
  })

  test('a device is not read', async () => {
    expect(await refusal('/dev/null')).toMatchObject({ code: 'invalid', message: '/dev/null is no regular file.' })
  })

  test('a graph without an output is refused', async () => {
    const path = await writeBytes(encodeModel({ node: [node('Neg', ['x'], ['y'])] }, []))
    expect((await refusal(path))?.message).toContain('has no output')
  })
})

describe('a damaged model', () => {
  test.each(['zipmap_int_labels', 'image', 'all_dtypes', 'two_inputs'])(
    '%s is refused wherever it is cut',
    async (name) => {
      const whole = readFileSync(fixture(name))
      const path = await writeBytes('')
      // Most of the largest one is values, which a cut meets in one place as in the next.
      for (let size = whole.length - 1; size > 0; size -= Math.ceil(whole.length / 2000)) {
        await writeFile(path, whole.subarray(0, size))
        const error = await refusal(path)
        expect(error, `cut after ${size} of ${whole.length} bytes`).toMatchObject({ code: 'invalid' })
      }
    },
  )

  test.each<[string, MessageInitShape<typeof ModelProtoSchema>]>([
    ['the model names no IR version', { graph: { output: [{ name: 'y' }] }, opsetImport: [{ version: 17n }] }],
    ['the model names no opset', { irVersion: 8n, graph: { output: [{ name: 'y' }] } }],
    [
      'the model names no opset for the domain ai.onnx.ml',
      { irVersion: 8n, graph: { node: [{ opType: 'Scaler', domain: 'ai.onnx.ml' }] }, opsetImport: [{ version: 17n }] },
    ],
  ])('is one of which %s', async (message, model) => {
    const path = await writeBytes(toBinary(ModelProtoSchema, create(ModelProtoSchema, model)))
    expect(await refusal(path)).toMatchObject({ code: 'invalid', issues: [{ file: path, message }] })
  })

  test('is not one whose local functions import what the graph does not', async () => {
    const model = create(ModelProtoSchema, {
      irVersion: 8n,
      graph: { node: [{ opType: 'Twice', domain: 'own', input: ['x'], output: ['y'] }], output: [{ name: 'y' }] },
      opsetImport: [{ domain: 'own', version: 1n }],
      functions: [{ name: 'Twice', domain: 'own', opsetImport: [{ version: 17n }], node: [{ opType: 'Add' }] }],
    })
    expect(await refusal(await writeBytes(toBinary(ModelProtoSchema, model)))).toBeUndefined()
  })

  test('is called cut, and the hint says to get it again', async () => {
    const path = await writeBytes(readFileSync(fixture('image')).subarray(0, 5000))
    expect(await refusal(path)).toMatchObject({
      message: `${path} is cut: it is not the whole of an ONNX model.`,
      hint: expect.stringContaining('Download or export the model again'),
      issues: [{ message: expect.stringContaining('beyond byte 5000') }],
    })
  })

  test('of random bytes is refused, never a crash', async () => {
    const path = await writeBytes('')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 4000 }), async (bytes) => {
        await writeFile(path, bytes)
        expect(await refusal(path)).toBeInstanceOf(CreateError)
      }),
      { numRuns: 300 },
    )
  })

  test('with some bytes changed is read or refused, never a crash', async () => {
    const source = readFileSync(fixture('zipmap_string_labels'))
    const path = await writeBytes('')
    const change = fc.record({ at: fc.nat(source.length - 1), byte: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Uint8Array.from(source)
        for (const { at, byte } of changes) bytes[at] = byte
        await writeFile(path, bytes)
        await refusal(path)
      }),
      { numRuns: 1000 },
    )
  })

  test('whose messages nest without end is refused', async () => {
    let graph: Buffer = Buffer.alloc(2000, 0x52)
    for (let level = 0; level < 5000; level++) {
      // attribute (5) of node (1), holding graph (6)
      for (const tag of [0x32, 0x2a, 0x0a]) graph = Buffer.concat([Buffer.from([tag, ...varint(graph.length)]), graph])
    }
    const path = await writeBytes(Buffer.concat([Buffer.from([0x08, 0x08, 0x3a, ...varint(graph.length)]), graph]))
    expect(await refusal(path)).toMatchObject({ code: 'invalid' })
  })

  test('that promises 5 GB which are not there is refused', async () => {
    const path = await writeBytes(Buffer.from([0x08, 0x08, 0x3a, ...varint(5_000_000_000), 0x0a]))
    expect((await refusal(path))?.message).toContain('is cut')
  })

  test('of zeros, far larger than memory, is refused at once', async () => {
    const path = await writeBytes('')
    await truncate(path, 50_000_000_000)
    expect(await refusal(path)).toMatchObject({ code: 'invalid' })
  })
})

/** The CreateError that reading throws, undefined when it throws none; any other error fails the test. */
async function refusal(path: string): Promise<CreateError | undefined> {
  try {
    await readModel(path)
    return undefined
  } catch (error) {
    if (error instanceof CreateError && error.hint) return error
    throw error
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
