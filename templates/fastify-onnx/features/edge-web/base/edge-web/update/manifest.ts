import type { Bytes } from './hash.ts'
import { isTime } from './time.ts'

export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const
export const FORMATS = ['onnx', 'ort'] as const

export type Precision = (typeof PRECISIONS)[number]
export type Format = (typeof FORMATS)[number]

/** What a release says of itself; docs/edge-updates.md, section 1. */
export interface Manifest {
  readonly schema: 1
  readonly name: string
  readonly version: number
  readonly released: string
  readonly expires: string
  readonly minRuntime: string | null
  /** Percent of the devices. */
  readonly rollout: number
  readonly model: {
    readonly file: string
    readonly sha256: string
    readonly size: number
    readonly precision: Precision
    readonly format: Format
  }
  readonly contract: string
}

export type ParsedManifest =
  | { readonly answer: 'ok'; readonly manifest: Manifest }
  | { readonly answer: 'newer_schema' }
  | { readonly answer: 'bad_manifest'; readonly problems: readonly Problem[] }

/** `at` is a dotted path in the manifest, empty for the whole. */
export interface Problem {
  readonly at: string
  readonly message: string
}

const HASH = /^[0-9a-f]{64}$/
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const RUNTIME = /^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$/

/** Reads the exact bytes of a manifest whose signature was verified. */
export function parseManifest(bytes: Bytes): ParsedManifest {
  const document = parseJson(bytes)
  if (!isRecord(document)) return bad([{ at: '', message: 'is no JSON object in UTF-8' }])
  if (isInteger(document.schema, 2)) return { answer: 'newer_schema' }
  if (isManifest(document)) return { answer: 'ok', manifest: pick(document) }
  return bad(problemsOf(document))
}

function parseJson(bytes: Bytes): unknown {
  try {
    // A byte order mark is kept, and is then no JSON.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function bad(problems: readonly Problem[]): ParsedManifest {
  return { answer: 'bad_manifest', problems }
}

function isManifest(document: object): document is Manifest {
  return problemsOf(document).length === 0
}

/** All that is wrong with a manifest of schema 1. */
export function problemsOf(document: object): Problem[] {
  const { schema, name, version, released, expires, minRuntime, rollout, model, contract }: Unknown = { ...document }
  const checks: readonly Check[] = [
    [schema === 1, 'schema', 'must be 1'],
    [isText(name, NAME), 'name', 'must be a DNS label'],
    [isInteger(version, 1), 'version', 'must be an integer from 1 on'],
    [isTime(released), 'released', 'must be a time such as 2026-11-02T00:00:00Z'],
    [isTime(expires), 'expires', 'must be a time such as 2027-11-02T00:00:00Z'],
    [!(isTime(released) && isTime(expires)) || expires > released, 'expires', 'must be later than released'],
    [minRuntime === null || isText(minRuntime, RUNTIME), 'minRuntime', 'must be a version such as 1.30.0, or null'],
    [isInteger(rollout, 0, 100), 'rollout', 'must be an integer from 0 to 100'],
    [isText(contract, HASH), 'contract', 'must be a SHA-256 in hex'],
    ...modelChecks(isRecord(model) ? model : {}),
  ]
  return checks.flatMap(([fits, at, message]) => (fits ? [] : [{ at, message }]))
}

function modelChecks({ file, sha256, size, precision, format }: Unknown): readonly Check[] {
  return [
    [isText(sha256, HASH), 'model.sha256', 'must be a SHA-256 in hex'],
    [FORMATS.some((one) => one === format), 'model.format', `must be ${FORMATS.join(' or ')}`],
    [file === `models/${sha256}.${format}`, 'model.file', 'must be models/<model.sha256>.<model.format>'],
    [isInteger(size, 1), 'model.size', 'must be an integer from 1 on'],
    [PRECISIONS.some((one) => one === precision), 'model.precision', `must be ${PRECISIONS.join(', ')}`],
  ]
}

type Check = readonly [fits: boolean, at: string, message: string]

type Unknown = { readonly [key: string]: unknown }

/** Without the keys that nobody knows. */
function pick({ schema, name, version, released, expires, minRuntime, rollout, model, contract }: Manifest): Manifest {
  const { file, sha256, size, precision, format } = model
  const own = { file, sha256, size, precision, format }
  return { schema, name, version, released, expires, minRuntime, rollout, model: own, contract }
}

function isRecord(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

export function isInteger(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}
