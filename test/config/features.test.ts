import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveFeatures } from '../../src/config/features.ts'
import { Findings } from '../../src/config/findings.ts'
import { readTemplate } from '../../src/inputs/template.ts'
import { varsSchema } from '../../src/inputs/vars.ts'
import { makeFolder, writeFiles } from '../helpers/folder.ts'
import { configWith, renderTemplate } from '../templates/render-template.ts'

/** The features of a template with a cache that has a part of its own for one of its tiers. */
function features(options: object) {
  const folder = makeFolder()
  for (const name of ['base', 'files']) mkdirSync(join(folder, name))
  writeFiles(folder, {
    'template.yaml': 'name: small\nversion: 1\nonnxruntime: 1.30.0\n',
    'features/data-cache/feature.yaml': 'after: [image]\nsummary: a cache\ndependencies: {lru-cache: ^11.0.0}\n',
    'features/data-cache/base/src/data-cache/feature.ts': '',
    'features/data-cache-redis/feature.yaml':
      'part_of: data-cache\nwhen: {options.data_cache.tier: [redis, both]}\ndependencies: {ioredis: ^5.0.0}\n',
    'features/data-cache-redis/base/compose.data-cache.yaml': '',
    'features/image/feature.yaml': 'when: {preprocess.kind: image}\n',
    'features/ingress/feature.yaml': 'when: {options.deploy.ingress: ingress}\n',
    'features/ingress/base/manifests/components/ingress/kustomization.yaml': '',
  })
  const template = readTemplate(folder)
  const vars = varsSchema.parse({ model_file_name: 'm.onnx', options })
  const image = { repository: 'm', model: 'baked', url: null, sha256: null } as const
  return resolveFeatures({ vars, options: {}, image, template }, new Findings(() => ({ file: 'vars.yaml' })))
}

test('a part that vars asks for adds its packages and files to the feature', () => {
  for (const tier of ['redis', 'both']) {
    expect(features({ data_cache: { tier } })).toMatchObject([
      {
        name: 'data-cache',
        summary: 'a cache',
        parts: ['data-cache-redis'],
        dependencies: { 'lru-cache': '^11.0.0', ioredis: '^5.0.0' },
        compose: true,
      },
    ])
  }
})

test('a part that vars does not ask for adds nothing', () => {
  expect(features({ data_cache: {} })).toMatchObject([
    { name: 'data-cache', parts: [], dependencies: { 'lru-cache': '^11.0.0' }, compose: false },
  ])
})

test('a part of a feature that is off is off', () => {
  expect(features({})).toEqual([])
})

test('a feature of deployment files alone has no code that features.ts could import', () => {
  const on = features({ data_cache: {}, deploy: { ingress: 'ingress' } })
  expect(on.map(({ name, code, component }) => [name, code, component])).toEqual([
    ['data-cache', true, false],
    ['ingress', false, true],
  ])
  const text = renderTemplate('src/features.ts.njk', configWith({ features: on }))
  expect(text).toContain("import { feature as data_cache } from './data-cache/feature.ts'")
  expect(text).toContain('readonly Feature[] = [data_cache]')
  expect(text).not.toContain('ingress')
})
