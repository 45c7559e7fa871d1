import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSigned } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/signature.ts'
import type { Finding } from './finding.ts'
import { NEWEST, type Release } from './history.ts'

/** With the very code that devices verify it with. */
export async function verifySignature(
  folder: string,
  { bytes, sha256 }: Release,
  publicKey: string,
  isNewest: boolean,
): Promise<Finding[]> {
  const file = `manifests/${sha256}.sig`
  const of = isNewest ? NEWEST : `manifests/${sha256}.json`
  const found = (message: string): Finding[] => [{ level: isNewest ? 'error' : 'warning', file, at: '', message }]
  if (!existsSync(join(folder, file)))
    return found(`the signature of ${of} is missing: it was changed, or not copied whole`)
  const text = readFileSync(join(folder, file), 'utf8')
  if (await isSigned(bytes, text, [publicKey])) return []
  return found(`does not sign ${of} with this key`)
}
