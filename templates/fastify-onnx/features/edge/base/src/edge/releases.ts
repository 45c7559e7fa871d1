import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Door } from './doors.ts'

const PREFIX = '/edge/releases/'
const MANIFEST = 'manifest.json'
const OWN = fileURLToPath(new URL('../../edge/releases/', import.meta.url))

/** What is named by its SHA-256 never changes: the name is its ETag. */
const ADDRESSED = /[/\\](?:models[/\\]([0-9a-f]{64})\.(?:onnx|ort)|manifests[/\\]([0-9a-f]{64})\.(?:json|sig))$/
const FOREVER = 'public, max-age=31536000, immutable'
/** What pages of other origins need to read to resume a download. */
const EXPOSED = 'etag, content-range, content-encoding, retry-after'

/** Below the folder there may be others, each with releases of its own, such as for another target or an older app. */
const FOLDER = /^[\w-]+$/

/**
 * Releases of the model, for devices to update to: what `create-inference-server edge release` writes. Downloads can be resumed.
 * A new release is there at once; the server need not be started again.
 */
export const openReleases: Door = async (app, { config: { EDGE_RELEASES_DIR } }) => {
  const root = EDGE_RELEASES_DIR === '' ? OWN : resolve(EDGE_RELEASES_DIR)
  await app.register(async (releases) => {
    const hidden = { schema: { hide: true } }
    releases.get(PREFIX + MANIFEST, hidden, (request, reply) => sendManifest(root, request, reply))
    releases.get<Inner>(`${PREFIX}:folder/${MANIFEST}`, hidden, (request, reply) => {
      const { folder } = request.params
      return FOLDER.test(folder) ? sendManifest(join(root, folder), request, reply) : reply.callNotFound()
    })
    releases.addHook('onRequest', answerByName)
    await releases.register(fastifyStatic, {
      root,
      prefix: PREFIX,
      suppressWarning: true, // there need not be a release yet
      decorateReply: false,
      index: false,
      dotfiles: 'ignore',
      // Its ETag would be a weak one, with which downloads are not resumed.
      etag: false,
      lastModified: false,
      cacheControl: false,
      allowedPath: (path) => ADDRESSED.test(path),
      setHeaders: setAddressed,
    })
  })
}

interface Inner {
  Params: { folder: string }
}

/** The one file that is replaced while it is read: whole, as it was at one moment. */
async function sendManifest(root: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const bytes = await readManifest(root)
  if (bytes === null) return reply.callNotFound()
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  reply.headers({ etag, 'cache-control': 'no-cache', 'access-control-expose-headers': EXPOSED })
  if (isFresh(request, etag)) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(bytes)
}

async function readManifest(root: string): Promise<Buffer | null> {
  try {
    return await readFile(join(root, MANIFEST))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Preconditions of what is named by its hash are decided by the name; what holds for it always need not be looked at again. */
async function answerByName(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const etag = etagOf(request.url.replace(/\?.*$/s, ''))
  if (etag === null) return undefined
  if (request.headers['if-range'] === etag) delete request.raw.headers['if-range']
  if (!isFresh(request, etag)) return undefined
  return reply.code(304).headers({ etag, 'cache-control': FOREVER }).send()
}

function setAddressed(reply: FastifyReply, path: string): void {
  const etag = etagOf(path)
  if (etag === null) return
  reply.headers({ etag, 'cache-control': FOREVER, 'access-control-expose-headers': EXPOSED })
}

function etagOf(path: string): string | null {
  const [, model, manifest] = ADDRESSED.exec(path) ?? []
  const hash = model ?? manifest
  return hash === undefined ? null : `"${hash}"`
}

function isFresh({ headers }: FastifyRequest, etag: string): boolean {
  const asked = headers['if-none-match'] ?? ''
  return asked.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}
