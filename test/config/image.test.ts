import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveProject } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS, makeIris } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

const resolve = (image: string) =>
  resolveProject({ cwd: makeIris({ 'vars.yaml': `${IRIS_VARS}image: {model: ${image}}\n` }) })
const download = (url: string, sha256: string) => `{download: {url: "${url}", sha256: ${sha256}}}`
const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const STORED = hashOf(join(ROOT, 'examples/iris/server/models/iris.onnx'))

test('a model to be downloaded turns its feature on', async () => {
  const url = 'https://models.example.com/iris.onnx'
  const { config } = await resolve(download(url, STORED))
  expect(config.image).toEqual({ repository: 'iris', model: 'download', url, sha256: STORED })
  expect(config.features.map(({ name }) => name)).toEqual(['model-download'])
})

test('a model in a volume, or in the image, needs no feature', async () => {
  for (const way of ['volume', 'baked']) expect((await resolve(way)).config).toMatchObject({ features: [] })
})

test('a download of another model is refused, with the hash that it must have', async () => {
  const before = hashOf(join(ROOT, 'examples/iris/iris.onnx'))
  const error = await errorOf(() => resolve(download('https://models.example.com/iris.onnx', before)))
  expect(error).toContain(`image.model.download.sha256 | is not that of models/iris.onnx (${STORED})`)
  expect(error).toContain('has no ZipMap any more: upload that file')
})

test('an address that no server can fetch is refused', async () => {
  const error = await errorOf(() => resolve(download('s3://bucket/iris.onnx', STORED)))
  expect(error).toContain('image.model.download.url | must begin with http:// or https://')
})
