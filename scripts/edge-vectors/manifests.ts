import { MANIFEST, model, sha256 } from './sample.ts'

type Answer = 'ok' | 'bad_manifest' | 'newer_schema'

/** Texts of a manifest, and whether it is one. Base64, as not all of them are text. */
export function manifestVectors() {
  return [...GOOD, ...BAD].map(([name, answer, text]) => ({
    name,
    manifest: Buffer.from(text).toString('base64'),
    answer,
  }))
}

type Vector = readonly [name: string, answer: Answer, text: string | Uint8Array]

const print = (more: object) => JSON.stringify({ ...MANIFEST, ...more })
const good = (name: string, more: object): Vector => [name, 'ok', print(more)]
const bad = (name: string, more: object): Vector => [name, 'bad_manifest', print(more)]
const badModel = (name: string, more: object) => bad(name, { model: { ...MANIFEST.model, ...more } })
const without = (key: string): Vector => [
  `without ${key}`,
  'bad_manifest',
  JSON.stringify(Object.fromEntries(Object.entries(MANIFEST).filter(([name]) => name !== key))),
]

const ORT = { ...model(2), format: 'ort', file: `models/${model(2).sha256}.ort` }

const GOOD: readonly Vector[] = [
  good('as it is written', {}),
  ['with spaces and newlines', 'ok', `${JSON.stringify(MANIFEST, null, 2)}\n`],
  good('with keys that nobody knows', { note: 'hello', later: { a: [1] } }),
  good('a minimum runtime', { minRuntime: '1.30.0' }),
  good('rollout 0', { rollout: 0 }),
  good('the greatest version', { version: 9007199254740991 }),
  good('an .ort model', { model: ORT }),
  good('int8', { model: { ...MANIFEST.model, precision: 'int8' } }),
  good('the 29th of February', { released: '2024-02-29T23:59:59Z' }),
  good('a name of one letter', { name: 'a' }),
]

const BAD: readonly Vector[] = [
  ['schema 2', 'newer_schema', print({ schema: 2 })],
  ['schema 2, of which nothing else is known', 'newer_schema', '{"schema":2}'],
  ['nothing', 'bad_manifest', ''],
  ['no JSON', 'bad_manifest', '<!doctype html>'],
  ['half of it', 'bad_manifest', print({}).slice(0, 100)],
  ['a list', 'bad_manifest', '[]'],
  ['null', 'bad_manifest', 'null'],
  ['a byte that is no UTF-8', 'bad_manifest', Buffer.from(print({ note: 'é' }), 'latin1')],
  ['a byte order mark', 'bad_manifest', `\ufeff${print({})}`],
  ...Object.keys(MANIFEST).map(without),
  bad('schema 0', { schema: 0 }),
  bad('schema 1.5', { schema: 1.5 }),
  bad('schema as text', { schema: '1' }),
  bad('a name that is no DNS label', { name: 'Digits' }),
  bad('a name with a slash', { name: '../digits' }),
  bad('version 0', { version: 0 }),
  bad('a negative version', { version: -1 }),
  bad('version 1.5', { version: 1.5 }),
  bad('a version beyond what a double counts', { version: 9007199254740992 }),
  bad('version as text', { version: '2' }),
  bad('released without a time', { released: '2026-11-02' }),
  bad('released with an offset', { released: '2026-11-02T00:00:00+00:00' }),
  bad('released with a fraction', { released: '2026-11-02T00:00:00.000Z' }),
  bad('released in lower case', { released: '2026-11-02t00:00:00z' }),
  bad('the 30th of February', { released: '2026-02-30T00:00:00Z' }),
  bad('the 29th of February of another year', { released: '2026-02-29T00:00:00Z' }),
  bad('hour 24', { released: '2026-11-02T24:00:00Z' }),
  bad('a leap second', { released: '2026-12-31T23:59:60Z' }),
  bad('released before 2000', { released: '1999-12-31T23:59:59Z' }),
  bad('a newline after the time', { released: '2026-11-02T00:00:00Z\n' }),
  bad('expires when it is released', { expires: MANIFEST.released }),
  bad('expires before it is released', { expires: '2026-11-01T00:00:00Z' }),
  bad('expires never', { expires: null }),
  bad('a runtime of two numbers', { minRuntime: '1.30' }),
  bad('a runtime with a leading zero', { minRuntime: '1.030.0' }),
  bad('a runtime with a suffix', { minRuntime: '1.30.0-dev' }),
  bad('rollout -1', { rollout: -1 }),
  bad('rollout 101', { rollout: 101 }),
  bad('rollout 12.5', { rollout: 12.5 }),
  bad('rollout as text', { rollout: '100' }),
  bad('a contract in upper case', { contract: MANIFEST.contract.toUpperCase() }),
  bad('a contract that is too short', { contract: MANIFEST.contract.slice(1) }),
  bad('a model that is a list', { model: [] }),
  badModel('a file elsewhere', { file: `../${MANIFEST.model.sha256}.onnx` }),
  badModel('a file on another host', { file: `https://example.com/${MANIFEST.model.sha256}.onnx` }),
  badModel('a file of another hash', { file: `models/${sha256('x')}.onnx` }),
  badModel('a file of another format', { file: ORT.file }),
  badModel('a format that nobody knows', { format: 'tflite', file: `models/${MANIFEST.model.sha256}.tflite` }),
  badModel('a precision that nobody knows', { precision: 'int4' }),
  badModel('size 0', { size: 0 }),
  badModel('a negative size', { size: -1 }),
  badModel('size 1.5', { size: 1.5 }),
  badModel('a hash that is none', { sha256: 'abc', file: 'models/abc.onnx' }),
]
