import type { SampleData } from '../inputs/sample-data.ts'
import type { Vars } from '../inputs/vars.ts'
import type { Json } from './config.ts'
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

/** options.data_cache, complete: nothing is left to a default, but what other kinds of source have is null. */
export function resolveDataCache(
  vars: Vars,
  sample: SampleData | null,
  findings: Findings,
): { [key: string]: Json } | null {
  const cache = vars.options.data_cache
  if (!cache) return null
  const source: Source = cache.source ?? { kind: 'directory' }
  checkSource(source, findings)
  return {
    level: cache.level,
    fill: cache.fill,
    tier: cache.tier,
    memory_mb: cache.memory_mb,
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
