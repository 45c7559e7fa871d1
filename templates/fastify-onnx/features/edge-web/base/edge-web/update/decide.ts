import { type Bytes, sha256 } from './hash.ts'
import type { Manifest } from './manifest.ts'
import type { Seen, State } from './state.ts'
import { current } from './trial.ts'

/** What the app is, beside its model. */
export interface Device {
  readonly name: string
  readonly contract: string
  /** The version of onnxruntime. */
  readonly runtime: string
  readonly deviceId: string
}

export type Decision =
  | 'wrong_name'
  | 'downgrade'
  | 'up_to_date'
  | 'known_bad'
  | 'expired'
  | 'wrong_contract'
  | 'newer_runtime'
  | 'outside_rollout'
  | 'adopt'
  | 'install'

export interface Decided {
  readonly answer: Decision
  /** The state after it, to be stored. */
  readonly state: State
}

/** What to do with a verified manifest: the first that holds, in this order. `now` is a time as manifests write it. */
export async function decide(manifest: Manifest, state: State, device: Device, now: string): Promise<Decided> {
  if (manifest.name !== device.name) return { answer: 'wrong_name', state }
  if (isBefore(manifest, state.seen)) return { answer: 'downgrade', state }
  const { version, released } = manifest
  const seen = { ...state, seen: { version, released } }
  const answer = await judge(manifest, seen, device, now)
  if (answer !== 'adopt') return { answer, state: seen }
  return { answer, state: { ...seen, confirmed: { ...seen.confirmed, version }, trial: null } }
}

async function judge(manifest: Manifest, state: State, device: Device, now: string): Promise<Decision> {
  const { version, released, expires, contract, minRuntime, rollout, model } = manifest
  if (version === current(state).version) return 'up_to_date'
  if (version === state.bad) return 'known_bad'
  // A clock that is behind is put forward to what is known to be past: this manifest is the newest that was seen.
  if ((now > released ? now : released) >= expires) return 'expired'
  if (contract !== device.contract) return 'wrong_contract'
  if (minRuntime !== null && isOlderRuntime(device.runtime, minRuntime)) return 'newer_runtime'
  if ((await bucketOf(manifest, device.deviceId)) >= rollout) return 'outside_rollout'
  return model.sha256 === state.confirmed.sha256 ? 'adopt' : 'install'
}

function isBefore(one: Seen, other: Seen): boolean {
  return one.version === other.version ? one.released < other.released : one.version < other.version
}

function isOlderRuntime(runtime: string, least: string): boolean {
  const own = /^\d+\.\d+\.\d+/.exec(runtime)
  if (own === null) return true
  const wanted = least.split('.').map(Number)
  const numbers = own[0].split('.').map(Number)
  const differing = wanted.findIndex((number, i) => number !== numbers[i])
  return differing !== -1 && (numbers[differing] ?? 0) < (wanted[differing] ?? 0)
}

/** 0 to 99: the same for a device and a version, whenever it asks. */
export async function bucketOf({ name, version }: Pick<Manifest, 'name' | 'version'>, deviceId: string) {
  const bytes: Bytes = new TextEncoder().encode(`${name}:${version}:${deviceId}`)
  return Number.parseInt((await sha256(bytes)).slice(0, 8), 16) % 100
}
