import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const TEMPLATE = join(import.meta.dirname, '../../templates/fastify-onnx')
const PART = /^.*\/templates\/fastify-onnx\/(?:features\/([^/]+)\/)?base\//

/**
 * Vite's resolver for files of the template: in a generated server those of a feature lie among those of base/, of the feature
 * that they are part of, and of checked/, as tsconfig's rootDirs has it; what is rendered is an example's. Gives undefined for
 * all else.
 */
export function resolveOverlay(source: string, importer: string | undefined): string | undefined {
  const [part, feature = ''] = PART.exec(importer ?? '') ?? []
  if (importer === undefined || part === undefined || !source.startsWith('.')) return undefined
  const wanted = resolve(dirname(importer), source)
  if (existsSync(wanted)) return wanted
  const path = wanted.replace(PART, '')
  const owner = feature.replace(/-(redis|postgres)$/, '')
  const places = ['base', `features/${owner}/base`, `features/${owner}/checked`, '../../examples/iris/server']
  return places.map((place) => join(TEMPLATE, place, path)).find((file) => existsSync(file))
}
