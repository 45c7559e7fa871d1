import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { AttributeProtoSchema, TensorProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { encodeModel, fixture, makeFolder, node, writeBytes } from './support.ts'

/** A tensor of two floats kept in `location`. */
const outside = (location: string | undefined, more: Record<string, string> = {}) =>
  create(TensorProtoSchema, {
    name: 'weights',
    dims: [2n],
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries({ ...(location === undefined ? {} : { location }), ...more }).map(([key, value]) => ({
      key,
      value,
    })),
  })

const modelWith = (...tensors: ReturnType<typeof outside>[]) =>
  writeBytes(encodeModel({ node: [node('Neg', ['x'], ['y'])], initializer: tensors }, ['y']))

test('files of weights are listed once, those of constants too', async () => {
  const { externalData, parameterBytes } = await readModel(fixture('external_data'))
  expect(externalData).toEqual(['external_data.bin'])
  expect(parameterBytes).toBe(40)
})

test('a file in a folder beside the model is found, and "./" is no part of its name', async () => {
  const path = await modelWith(outside('./weights/a.bin'), outside('weights/a.bin'))
  await mkdir(join(dirname(path), 'weights'))
  await writeFile(join(dirname(path), 'weights', 'a.bin'), Buffer.alloc(8))
  expect((await readModel(path)).externalData).toEqual(['weights/a.bin'])
})

test('a tensor in a subgraph counts', async () => {
  const constant = node('Constant', [], ['c'], {
    attribute: [create(AttributeProtoSchema, { name: 'value', t: outside('a.bin') })],
  })
  const attribute = [create(AttributeProtoSchema, { name: 'then_branch', g: { node: [constant] } })]
  const path = await writeBytes(encodeModel({ node: [node('If', ['x'], ['y'], { attribute })] }, ['y']))
  await expect(readModel(path)).rejects.toMatchObject({ code: 'not_found', issues: [{ file: 'a.bin' }] })
})

test('a missing file is named', async () => {
  const folder = await makeFolder()
  await copyFile(fixture('external_data'), join(folder, 'model.onnx'))
  await expect(readModel(join(folder, 'model.onnx'))).rejects.toMatchObject({
    code: 'not_found',
    issues: [{ file: 'external_data.bin', message: 'is not beside the model' }],
  })
})

test('a file that is too short is named with the bytes that the model needs of it', async () => {
  const path = await modelWith(outside('a.bin', { offset: '100' }))
  await writeFile(join(dirname(path), 'a.bin'), Buffer.alloc(107))
  await expect(readModel(path)).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ file: 'a.bin', message: 'has 107 bytes, but the model reads 108 of it' }],
  })
})

test.each([
  ['../secret.bin', "climbs out of the model's folder"],
  ['weights/../../secret.bin', "climbs out of the model's folder"],
  ['..\\secret.bin', "climbs out of the model's folder"],
  ['/etc/passwd', 'is an absolute path'],
  ['.//etc/passwd', null],
  ['C:\\secret.bin', 'is an absolute path'],
  ['C:secret.bin', 'is an absolute path'],
  ['\\\\host\\share', 'is an absolute path'],
  ['model.onnx', 'is the model file itself'],
  ['', 'has no location'],
  [undefined, 'has no location'],
])('the location %j is refused before anything is looked for', async (location, why) => {
  const path = await modelWith(outside(location))
  if (why === null)
    await expect(readModel(path)).rejects.toMatchObject({ code: 'not_found', issues: [{ file: 'etc/passwd' }] })
  else {
    await expect(readModel(path)).rejects.toMatchObject({
      code: 'invalid',
      issues: [{ file: path, message: `external data "${location ?? ''}" ${why}` }],
    })
  }
})
