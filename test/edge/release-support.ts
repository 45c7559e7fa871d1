import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { create } from '../../src/create.ts'
import { makeKeyPair } from '../../src/edge/releases/key.ts'
import type { Manifest } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { type CliResult, runCli } from '../helpers/cli.ts'
import { makeFolder, makeIris, writeFiles } from '../helpers/folder.ts'

/** A folder with the generated server `iris`, its export for the web, and, outside of it, keys. */
export interface Place {
  readonly folder: string
  readonly key: string
  readonly publicKey: string
}

export async function makePlace(): Promise<Place> {
  const folder = makeIris()
  await create({ cwd: folder })
  exportModel(folder, 'model 1')
  return { folder, ...makeKeys() }
}

/** A key pair in a folder of its own. */
export function makeKeys(): { key: string; publicKey: string } {
  const { pem, publicKey } = makeKeyPair()
  const keys = makeFolder({ 'public.txt': publicKey })
  writeFileSync(join(keys, 'key.pem'), pem, { mode: 0o600 })
  return { key: join(keys, 'key.pem'), publicKey: join(keys, 'public.txt') }
}

/** What `edge export` leaves that a release is made of. What the model holds does not matter to a release. */
export function exportModel(folder: string, model: string, target = 'web', more: object = {}): void {
  const sha256 = createHash('sha256').update(model).digest('hex')
  const facts = { file: 'iris.int8.onnx', sha256, precision: 'int8', format: 'onnx', ...more }
  writeFiles(join(folder, 'iris/edge', target), {
    'golden.json': JSON.stringify({ schema: 1, model: facts, source: { sha256 }, inputs: [], vectors: [] }),
    [`models/${facts.file}`]: model,
  })
}

/** `edge release iris`, as a user types it. */
export function runRelease({ folder, key }: Pick<Place, 'folder' | 'key'>, ...flags: string[]): Promise<CliResult> {
  return runCli(folder, ['edge', 'release', 'iris', '--key', key, ...flags])
}

export interface Released {
  readonly target: string
  readonly isNew: boolean
  readonly manifest: Manifest
  readonly publicKey: string
  readonly removed: readonly string[]
  readonly warnings: readonly string[]
}

/** The same, which must work: what it says. */
export async function released(place: Place, ...flags: string[]): Promise<Released> {
  const { code, stdout, stderr } = await runRelease(place, ...flags, '--json')
  expect(code, stdout + stderr).toBe(0)
  return JSON.parse(stdout)
}

export function runVerify({ folder, publicKey }: Place, ...flags: string[]): Promise<CliResult> {
  return runCli(folder, ['edge', 'verify', 'iris/edge/releases', '--public-key', publicKey, ...flags])
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'iris/edge/releases/manifest.json'), 'utf8'))
}

/** An error as it is printed, without what differs from run to run. */
export function refusal({ code, stderr }: CliResult, { folder, key, publicKey }: Place): string {
  return `${code} ${stderr.replaceAll(folder, 'CWD').replaceAll(key, 'KEY').replaceAll(publicKey, 'PUBLIC')}`
}
