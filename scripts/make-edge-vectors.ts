import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decisionVectors } from './edge-vectors/decisions.ts'
import { downloadVectors } from './edge-vectors/downloads.ts'
import { readKeys } from './edge-vectors/keys.ts'
import { manifestVectors } from './edge-vectors/manifests.ts'
import { signatureVectors } from './edge-vectors/signatures.ts'
import { bucketVectors, openingVectors, transitionVectors } from './edge-vectors/states.ts'

/**
 * `node --import tsx scripts/make-edge-vectors.ts`: makes test/fixtures/edge-updates/, by which every client of docs/edge-updates.md
 * is tested. What is expected is written down here by hand, not taken from a client. Keys and signatures that are there and
 * still right are kept, so that running it again changes nothing.
 */
const FOLDER = join(import.meta.dirname, '../test/fixtures/edge-updates')

mkdirSync(FOLDER, { recursive: true })
const keys = readKeys(join(FOLDER, 'keys.json'))
write('keys.json', keys)
write('signatures.json', signatureVectors(keys, join(FOLDER, 'signatures.json')))
write('manifests.json', manifestVectors())
write('decisions.json', decisionVectors())
write('buckets.json', bucketVectors())
write('openings.json', openingVectors())
write('transitions.json', transitionVectors())
write('downloads.json', downloadVectors())

function write(name: string, document: object): void {
  writeFileSync(join(FOLDER, name), `${JSON.stringify(document, null, 2)}\n`)
}
