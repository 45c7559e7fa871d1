import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderProject, resolveProject } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { makeFolder, makeProject } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1')

/** Resolves a fixture model with this `preprocess`; image.onnx takes float32 (1,3,8,8), pixels.onnx uint8 (batch,4,6,3). */
function resolveImage(preprocess: string, { model = 'image.onnx', rest = 'data_sample: a.png' } = {}) {
  const vars = `name: x\nmodel_file_name: ${model}\n${rest}\npreprocess: ${preprocess}\n`
  const files = { 'vars.yaml': vars, 'a.png': PNG }
  if (model !== 'pixels.onnx') return resolveProject({ cwd: makeProject(model, files) })
  const cwd = makeFolder(files)
  copyFileSync(join(ROOT, 'test/fixtures/images', model), join(cwd, model))
  return resolveProject({ cwd })
}

/** The findings, `path: message` each. */
async function issuesOf(preprocess: string, options = {}): Promise<string[]> {
  const text = await errorOf(() => resolveImage(preprocess, options))
  const lines = text.split('\n').filter((line) => line.startsWith('  vars.yaml'))
  return lines.map((line) => line.split(' | ').slice(1).join(': '))
}

describe('preprocess of an image', () => {
  test('is read from the model where vars.yaml says nothing', async () => {
    const { config } = await resolveImage('{kind: image}')
    expect(config.preprocess).toEqual({
      kind: 'image',
      size: [8, 8],
      crop: 'center',
      resize: 8,
      resample: 'bilinear',
      channels: 'rgb',
      layout: 'nchw',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    })
    expect(config.sample.data).toEqual({ image: 'a.png' })
    expect(config.features.map(({ name }) => name)).toEqual(['image'])
  })

  test('of a model that takes bytes has no mean and std', async () => {
    const { config } = await resolveImage('{kind: image, crop: none}', { model: 'pixels.onnx' })
    expect(config.preprocess).toMatchObject({ size: [4, 6], layout: 'nhwc', resize: null, mean: null, std: null })
  })

  test('of a preset keeps what is said beside it', async () => {
    const { config } = await resolveImage('{kind: image, preset: imagenet, size: [8, 8], resize: 9, resample: bicubic}')
    expect(config.preprocess).toMatchObject({
      size: [8, 8],
      resize: 9,
      resample: 'bicubic',
      crop: 'center',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    })
  })

  test('has resize 256 with the preset as it is', async () => {
    expect(await issuesOf('{kind: image, preset: imagenet}')).toEqual([
      'preprocess.size: [224, 224] (height, width), but the model\'s input "pixels" is (1,3,8,8), nchw',
    ])
  })

  test('copies the sample to models/, byte for byte', async () => {
    const files = await renderProject(await resolveImage('{kind: image}'))
    const sample = files.find(({ path }) => path === 'models/a.png')
    expect(sample).toMatchObject({ from: 'sample', owner: 'shared', mode: 0o644 })
    expect(sample?.content.kind === 'bytes' && Buffer.from(sample.content.bytes).equals(PNG)).toBe(true)
  })
})

describe('mistakes are said with their place', () => {
  test.each<readonly [string, string, object, readonly string[]]>([
    [
      'a size that the model does not take',
      '{kind: image, size: [224, 224]}',
      {},
      ['preprocess.size: [224, 224] (height, width), but the model\'s input "pixels" is (1,3,8,8), nchw'],
    ],
    [
      'several at once',
      '{kind: image, channels: gray, resize: 7, mean: [0, 0, 0]}',
      {},
      [
        'preprocess.channels: gray has 1 channel, but the model\'s input "pixels" is (1,3,8,8), nchw',
        'preprocess.mean: has 3 numbers, but gray has 1: one for each channel',
        'preprocess.resize: 7 is less than the size [8, 8], which is cut out of it',
      ],
    ],
    [
      'the layout of another framework',
      '{kind: image, layout: nhwc}',
      {},
      ['preprocess.layout: rgb has 3 channels, but the model\'s input "pixels" is (1,3,8,8), nhwc'],
    ],
    [
      'a side to resize to, without a crop',
      '{kind: image, crop: none, resize: 9}',
      {},
      ['preprocess.resize: is for crop: center; crop: none stretches to size'],
    ],
    [
      'the order of the channels of the preset',
      '{kind: image, preset: imagenet, size: [8, 8], channels: bgr}',
      {},
      [
        'preprocess.channels: bgr does not go with the preset imagenet: its mean and std are those of red, green, blue: give the ones of bgr',
      ],
    ],
    [
      'mean and std for a model that takes bytes',
      '{kind: image, mean: [0, 0, 0], std: [1, 1, 1]}',
      { model: 'pixels.onnx' },
      ['mean', 'std'].map(
        (key) =>
          `preprocess.${key}: the model's input "image" is uint8: it takes the pixels as they are, without mean and std`,
      ),
    ],
    [
      'keys of images without the kind',
      '{size: [8, 8]}',
      { rest: 'sample: derived' },
      ['preprocess.size: is for images: say kind: image'],
    ],
    ['no sample', '{kind: image}', { rest: '' }, ['data_sample: is missing: name an image file beside this one']],
    [
      'a sample of numbers',
      '{kind: image}',
      { rest: 'data_sample: [[1]]' },
      ['data_sample: must be the name of an image file beside this one (preprocess.kind is image)'],
    ],
    [
      'a model with two inputs',
      '{kind: image}',
      { model: 'two_inputs.onnx', rest: 'sample: derived' },
      ['preprocess.kind: image needs one input, but the model has 2 ("x", "ids")'],
    ],
    [
      'a model of table rows',
      '{kind: image}',
      { model: 'leading_1.onnx', rest: 'sample: derived' },
      [
        'preprocess.kind: image needs an input (batch,channels,height,width) or (batch,height,width,channels), but the model\'s input "x" is (1,3)',
      ],
    ],
  ])('%s', async (_name, preprocess, options, expected) => {
    expect((await issuesOf(preprocess, options)).toSorted()).toEqual(expected)
  })

  test.each([
    ['a file that is not there', 'data_sample: b.png', /sample image is not there/],
    ['a file that is no image', 'data_sample: vars.yaml', /vars.yaml is no PNG, JPEG or WebP/],
    ['a file elsewhere', 'data_sample: ../a.png', /not a plain file name/],
  ])('%s as the sample', async (_name, rest, message) => {
    expect(await errorOf(() => resolveImage('{kind: image}', { rest }))).toMatch(message)
  })
})
