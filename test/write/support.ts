import { createHash } from 'node:crypto'
import {
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import { CreateError } from '../../src/errors.ts'
import { hashFile, LOCK_FILE, type Lock, printLock } from '../../src/lock.ts'
import type { RenderedFile } from '../../src/render/rendered-file.ts'
import type { Owner } from '../../src/words.ts'
import { type Change, settleConflicts } from '../../src/write/compare.ts'
import { recover } from '../../src/write/recover.ts'
import { compareTarget, readLock, writeAll } from '../../src/write/write.ts'

export const CONFIG: Config = {
  name: 'sample',
  template: { name: 'fastify-onnx', version: '1.0.0' },
  model: {
    file: 'm.onnx',
    sha256: '0'.repeat(64),
    bytes: 1,
    producer: '',
    opsets: {},
    external_data: [],
    needs_locale: false,
  },
  encoder: null,
  inputs: [],
  outputs: [],
  task: 'tensor',
  rows: false,
  predict: { output: null, activation: 'none' },
  labels: null,
  sample: { given: true, data: [], prediction: null },
  preprocess: { kind: 'none' },
  runtime: { node: 24, onnxruntime: '1.30.0' },
  server: { port: 8000 },
  image: { repository: 'example/sample', model: 'baked', url: null, sha256: null },
  resources: { cpu: 1, memory: '512Mi', replicas: 2 },
  budget: { latency_p99_ms: 100, availability: 0.999, throughput_rps: 50 },
  code_owners: null,
  features: [],
  options: {},
}

/** A folder of its own for one test; `cleanUp` removes all of them. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'write-test-'))
  made.push(folder)
  return folder
}

const made: string[] = []

export function cleanUp(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** A file as render/ gives it. */
export function text(path: string, content: string, owner: Owner = 'template', mode = 0o644): RenderedFile {
  const bytes = Buffer.from(content)
  return { path, owner, mode, from: `files/${path}`, sha256: hashFile(bytes), content: { kind: 'bytes', bytes } }
}

/** A model, streamed from another file on disk. */
export function model(path: string, source: string): RenderedFile {
  const end = statSync(source).size
  const sha256 = createHash('sha256').update(readFileSync(source)).digest('hex')
  const segments = [{ kind: 'file', path: source, start: 0, end }] as const
  return { path, owner: 'shared', mode: 0o644, from: 'model', sha256, content: { kind: 'segments', segments } }
}

/** The lock of exactly these files. */
export function lockOf(files: readonly RenderedFile[]): Lock {
  const entries = files.map(({ path, sha256, owner, from }) => [path, { sha256, owner, from }] as const)
  const { template } = CONFIG
  return {
    lockVersion: 1,
    generator: 'create-inference-server@0.1.0',
    template,
    config: CONFIG,
    mapping: {},
    files: Object.fromEntries(entries),
  }
}

/** What a command does: recover, compare, settle, write. Returns the settled changes. */
export async function generate(
  target: string,
  files: readonly RenderedFile[],
  { force = false }: { force?: boolean } = {},
): Promise<Change[]> {
  await recover(target)
  const lock = await readLock(target)
  const changes = await compareTarget(target, { files, lock, lockText: printLock(lockOf(files)) })
  const settled = settleConflicts(changes, { force })
  await writeAll(target, settled)
  return settled
}

/** Path and action of each change but the lock's. */
export function actions(changes: readonly Change[]): Record<string, string> {
  return Object.fromEntries(changes.filter(({ path }) => path !== LOCK_FILE).map(({ path, action }) => [path, action]))
}

/** Every file below a folder with its mode and bytes, every link, and every folder that is empty. */
export function tree(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return [relative(folder, file), describeEntry(entry, file)] as const
  })
  return Object.fromEntries(found.filter(([, what]) => what !== '').sort(([a], [b]) => (a < b ? -1 : 1)))
}

function describeEntry(entry: Dirent, file: string): string {
  if (entry.isSymbolicLink()) return `-> ${readlinkSync(file)}`
  if (entry.isDirectory()) return readdirSync(file).length === 0 ? 'empty folder' : ''
  const mode = (statSync(file).mode & 0o777).toString(8)
  const bytes = readFileSync(file)
  return `${mode} ${bytes.length > 200 ? createHash('sha256').update(bytes).digest('hex') : bytes.toString('latin1')}`
}

/** Writes a file by hand, as a user does. */
export function edit(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

/** The CreateError that a step throws; anything else fails the test. */
export async function failure(step: () => unknown): Promise<CreateError> {
  try {
    await step()
  } catch (error) {
    if (error instanceof CreateError) return error
    throw error
  }
  throw new Error('it did not fail')
}
