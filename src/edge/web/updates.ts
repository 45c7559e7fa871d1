import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Updates } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/app.ts'
import { CreateError } from '../../errors.ts'
import { contractHash } from '../contract-hash.ts'
import type { ExportContext } from '../target.ts'

/** The team's: where new models are released, and whose signatures are good. */
const FILE = 'edge-web/updates.json'

const schema = z.strictObject({
  manifest: z.string().regex(/(^|\/)manifest\.json$/, 'ends in manifest.json'),
  publicKeys: z.array(z.base64()).min(1),
})
const newest = z.object({ version: z.number(), model: z.object({ sha256: z.string() }) })

/** null without updates.json: then the page keeps the model that it is exported with. Throws CreateError. */
export function readUpdates({ server, model }: ExportContext): Updates | null {
  const file = join(server.root, FILE)
  if (!existsSync(file)) return null
  const { manifest, publicKeys } = parseUpdates(readFileSync(file, 'utf8'))
  return {
    releases: manifest.replace(/manifest\.json$/, ''),
    publicKeys,
    name: server.config.name,
    contract: contractHash(server.config),
    version: releasedVersion(join(server.root, 'edge/releases/manifest.json'), model.sha256),
  }
}

function parseUpdates(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CreateError('invalid', `${FILE} does not say where models are released`, {
      issues: [{ file: FILE, message: describe(cause) }],
      hint: '{"manifest": "releases/manifest.json", "publicKeys": ["<what edge release --new-key prints>"]}',
      cause,
    })
  }
}

function describe(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll('\n', ' ')
  return cause instanceof Error ? cause.message : String(cause)
}

/** Under which this model was released; 0 where it was not. */
function releasedVersion(manifest: string, sha256: string): number {
  if (!existsSync(manifest)) return 0
  const parsed = newest.safeParse(JSON.parse(readFileSync(manifest, 'utf8')))
  return parsed.success && parsed.data.model.sha256 === sha256 ? parsed.data.version : 0
}
