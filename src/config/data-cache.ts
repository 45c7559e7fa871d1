import type { SampleData } from '../inputs/sample-data.ts'
import type { Vars } from '../inputs/vars.ts'
import type { Dtype } from '../words.ts'
import type { Json, TensorConfig } from './config.ts'
import type { Findings } from './findings.ts'

type Source = NonNullable<NonNullable<Vars['options']['data_cache']>['source']>
type Key = Exclude<keyof Source, 'kind' | 'name'>

/** Of each kind of source: what it takes, and what it cannot do without. */
const KEYS: { readonly [K in Source['kind']]: { readonly all: readonly Key[]; readonly needed: readonly Key[] } } = {
  directory: { all: ['path', 'max_bytes'], needed: [] },
  http: { all: ['base_url', 'timeout_ms', 'max_bytes'], needed: ['base_url'] },
  postgres: {
    all: ['table', 'id_column', 'bytes_column', 'json_column', 'timeout_ms', 'max_bytes'],
    needed: ['table', 'id_column'],
  },
}
const SOURCE = ['options', 'data_cache', 'source'] as const
const DEFAULT_TIMEOUT_MS = 5000
const DEFAULT_MAX_BYTES = 20 * 2 ** 20

export interface DataCacheInputs {
  readonly vars: Vars
  readonly sample: SampleData | null
  /** What is kept at the levels preprocessed and features. */
  readonly kept: readonly TensorConfig[]
}

/** options.data_cache, complete: nothing is left to a default, but what other kinds of source have is null. */
export function resolveDataCache(
  { vars, sample, kept }: DataCacheInputs,
  findings: Findings,
): { [key: string]: Json } | null {
  const cache = vars.options.data_cache
  if (!cache) return null
  const source: Source = cache.source ?? { kind: 'directory' }
  checkSource(source, findings)
  checkColumn(source, vars, findings)
  return {
    level: cache.level,
    fill: cache.fill,
    tier: cache.tier,
    memory_mb: cache.memory_mb,
    entry_bytes: cache.level === 'input' ? null : entryBytes(kept),
    ttl_s: cache.ttl_s,
    sample_id: cache.sample_id ?? null,
    sample_file: sample ? `data/${sample.name}` : null,
    source: {
      kind: source.kind,
      name: source.name ?? vars.name ?? '',
      path: source.path?.startsWith('/') ? source.path : 'data',
      base_url: source.base_url ?? null,
      timeout_ms: source.timeout_ms ?? DEFAULT_TIMEOUT_MS,
      max_bytes: source.max_bytes ?? DEFAULT_MAX_BYTES,
      table: source.table ?? null,
      id_column: source.id_column ?? null,
      bytes_column: source.bytes_column ?? null,
      json_column: source.json_column ?? null,
    },
  }
}

/** Beside the tensors: what an object, its key and its place cost, as the server counts it (value.ts). */
const OVERHEAD_BYTES = 512

/** Of one row; null where its size is not known. */
function entryBytes(tensors: readonly TensorConfig[]): number | null {
  const sizes = tensors.map(({ dtype, shape }) => {
    const [, ...row] = shape ?? ['?', '?']
    return row.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : Number.NaN), elementBytes(dtype))
  })
  const bytes = sizes.reduce((sum, size) => sum + size, OVERHEAD_BYTES)
  return Number.isNaN(bytes) ? null : bytes
}

function elementBytes(dtype: Dtype): number {
  if (dtype === 'string') return Number.NaN
  return dtype === 'bool' ? 1 : Number(/\d+$/.exec(dtype)?.[0]) / 8
}

/** A column of bytes holds images, one of JSON what `data` of a request would be. */
function checkColumn(source: Source, { preprocess }: Vars, findings: Findings): void {
  const wrong = (key: Key, message: string) => findings.wrong([...SOURCE, key], message)
  if (source.bytes_column !== undefined && preprocess.kind !== 'image')
    wrong('bytes_column', 'holds images, and this model takes none (preprocess.kind): name a json_column')
  if (source.json_column !== undefined && preprocess.kind === 'image')
    wrong('json_column', 'holds no images, which this model takes (preprocess.kind): name a bytes_column')
}

function checkSource(source: Source, findings: Findings): void {
  const { kind, name: _, ...rest } = source
  const { all, needed } = KEYS[kind]
  for (const key of Object.keys(rest)) {
    if (!all.some((own) => own === key)) findings.wrong([...SOURCE, key], `is not for a source of kind ${kind}`)
  }
  for (const key of needed) {
    if (source[key] === undefined) findings.wrong([...SOURCE, key], `is missing: a source of kind ${kind} needs it`)
  }
  const columns = [source.bytes_column, source.json_column].filter((column) => column !== undefined).length
  if (kind === 'postgres' && columns !== 1) {
    findings.wrong([...SOURCE], 'a source of kind postgres needs either bytes_column or json_column')
  }
  if (source.base_url !== undefined && !/^https?:\/\//.test(source.base_url)) {
    findings.wrong([...SOURCE, 'base_url'], 'must begin with http:// or https://')
  }
}
