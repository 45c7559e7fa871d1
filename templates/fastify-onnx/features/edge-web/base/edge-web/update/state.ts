import { FORMATS, type Format, isInteger, type Manifest } from './manifest.ts'

/** A model that is on the device. */
export interface Installed {
  /** 0: bundled, and never released. */
  readonly version: number
  readonly sha256: string
  readonly size: number
  readonly format: Format
  readonly contract: string
}

/** A model that has to prove itself; `starts` counts how often it was begun with. */
export interface Trial extends Installed {
  readonly starts: number
}

/** All that a device remembers; docs/edge-updates.md, section 2. */
export interface State {
  readonly schema: 1
  readonly confirmed: Installed
  readonly trial: Trial | null
  /** The newest manifest that was verified. */
  readonly seen: Seen
  /** The version that was rolled back last. */
  readonly bad: number | null
}

export type Seen = Pick<Manifest, 'version' | 'released'>

/** The state with which an app begins: `stored` is what the last one left (null: nothing), `bundled` the app's own model. */
export function openState(stored: string | null, bundled: Installed): State {
  const state = parseState(stored) ?? freshState(bundled)
  const isOurs = ({ contract }: Installed) => contract === bundled.contract
  const { confirmed: former } = state
  const confirmed = isOurs(former) && former.version >= bundled.version ? former : bundled
  const { trial } = state
  return {
    ...state,
    confirmed,
    trial: trial && isOurs(trial) && trial.version > confirmed.version ? trial : null,
    seen: state.seen.version < bundled.version ? { version: bundled.version, released: '' } : state.seen,
  }
}

function freshState(bundled: Installed): State {
  const seen = { version: bundled.version, released: '' }
  return { schema: 1, confirmed: bundled, trial: null, seen, bad: null }
}

function parseState(text: string | null): State | null {
  if (text === null) return null
  try {
    const state: unknown = JSON.parse(text)
    return isState(state) ? state : null
  } catch {
    return null
  }
}

function isState(value: unknown): value is State {
  if (!isRecord(value) || value.schema !== 1) return false
  const { confirmed, trial, seen, bad } = value
  return (
    isInstalled(confirmed) &&
    (trial === null || (isInstalled(trial) && 'starts' in trial && isInteger(trial.starts, 0))) &&
    isRecord(seen) &&
    isInteger(seen.version, 0) &&
    typeof seen.released === 'string' &&
    (bad === null || isInteger(bad, 0))
  )
}

function isInstalled(value: unknown): value is Installed {
  return (
    isRecord(value) &&
    isInteger(value.version, 0) &&
    isInteger(value.size, 1) &&
    isHash(value.sha256) &&
    isHash(value.contract) &&
    FORMATS.some((format) => format === value.format)
  )
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
