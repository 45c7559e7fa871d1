import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { CreateError, type Issue } from '../errors.ts'
import type { Case } from './cases.ts'
import { imageCase } from './image-cases.ts'

const IMAGES = ['.png', '.jpg', '.jpeg', '.webp']

export interface Samples {
  readonly cases: readonly Case[]
  readonly warnings: readonly string[]
}

/**
 * The files of a folder, at any depth, sorted by path: images where the model takes those, and .json files as POST /predict
 * takes them (`{"data": ...}`). Throws CreateError for a folder without any, and for files that are no JSON.
 */
export function readSamples(folder: string, { takesImages }: { takesImages: boolean }): Samples {
  const paths = listFiles(folder)
  const isImage = (path: string) => IMAGES.includes(extname(path).toLowerCase())
  const isJson = (path: string) => extname(path).toLowerCase() === '.json'
  const used = paths.filter((path) => isJson(path) || (takesImages && isImage(path)))
  const takes = takesImages ? 'PNG, JPEG or WebP files, or .json files' : '.json files'
  if (used.length === 0) {
    throw new CreateError('not_found', `${folder} holds no samples (--samples)`, {
      hint: `This model takes ${takes}, which hold {"data": ...} as POST /predict takes it.`,
    })
  }
  const issues: Issue[] = []
  const cases = used.flatMap((path) => {
    const bytes = readFileSync(join(folder, path))
    if (isImage(path)) return [imageCase(path, extname(path).slice(1).toLowerCase(), bytes, 'samples')]
    const read = readBody(bytes.toString())
    if ('message' in read) issues.push({ file: join(folder, path), message: read.message })
    return 'message' in read ? [] : [{ name: path, origin: 'samples' as const, data: read.data, image: null }]
  })
  if (issues.length > 0) {
    const hint = 'A sample is the body of a request: {"data": [[5.1, 3.5, 1.4, 0.2]]}'
    throw new CreateError('invalid', 'some samples cannot be read', { issues, hint })
  }
  const left = paths.length - used.length
  const warnings = left === 0 ? [] : [`${left} of ${paths.length} files in ${folder} are left out: no ${takes}`]
  return { cases, warnings }
}

function listFiles(folder: string): string[] {
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (!stats?.isDirectory()) {
    throw new CreateError('not_found', `${folder} is ${stats ? 'no folder' : 'not there'} (--samples)`, {
      hint: 'Name a folder with images, or with .json files that hold {"data": ...}.',
    })
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'))
    .sort()
}

function readBody(text: string): { data: Json } | { message: string } {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('data' in body)) return { message: 'has no "data"' }
    // What JSON.parse gives is JSON.
    return { data: body.data as Json }
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) }
  }
}
