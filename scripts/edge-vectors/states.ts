import { installed, OTHER_CONTRACT, sha256, stateOf } from './sample.ts'

const IDS = ['00000000-0000-4000-8000-000000000000', '3f2b8a1e-7c44-4d7a-9a51-0c1b2d3e4f50', 'device-ä', '']

/** The share of a rollout that a device belongs to. */
export function bucketVectors() {
  return ['digits', 'iris'].flatMap((name) =>
    [1, 2, 3, 9007199254740991].flatMap((version) =>
      IDS.map((deviceId) => {
        const hash = sha256(`${name}:${version}:${deviceId}`)
        return { name, version, deviceId, sha256: hash, bucket: Number.parseInt(hash.slice(0, 8), 16) % 100 }
      }),
    ),
  )
}

const seen = (version: number, released = '2026-11-02T00:00:00Z') => ({ version, released })
const trial = (version: number, starts: number, contract?: string) => ({ ...installed(version, contract), starts })

/** What is stored, the model that the app brings, and the state with which it begins. */
export function openingVectors() {
  const bundled = installed(1)
  const fresh = stateOf()
  const later = stateOf({ confirmed: installed(2), seen: seen(2) })
  const vector = (name: string, stored: unknown, opened: object, app: object = bundled) => ({
    name,
    stored: typeof stored === 'string' || stored === null ? stored : JSON.stringify(stored),
    bundled: app,
    opened,
  })
  const own = installed(1, OTHER_CONTRACT)
  return [
    vector('the first start', null, fresh),
    vector(
      'a bundled model that was never released',
      null,
      stateOf({ confirmed: installed(0), seen: seen(0, '') }),
      installed(0),
    ),
    vector('half a state', '{"schema":1,"confirmed":', fresh),
    vector('no state at all', 'null', fresh),
    vector('a state of a later schema', { ...later, schema: 2 }, fresh),
    vector('a state that lacks a part', { schema: 1, confirmed: installed(2) }, fresh),
    vector('a state with a hash that is none', { ...later, confirmed: { ...installed(2), sha256: '../x' } }, fresh),
    vector('as it was', later, later),
    vector(
      'on trial',
      { ...later, trial: trial(3, 2), seen: seen(3) },
      { ...later, trial: trial(3, 2), seen: seen(3) },
    ),
    vector('rolled back', { ...later, bad: 3, seen: seen(3) }, { ...later, bad: 3, seen: seen(3) }),
    vector(
      'the app is newer than its update',
      later,
      stateOf({ confirmed: installed(5), seen: seen(5, '') }),
      installed(5),
    ),
    vector(
      'the app is newer than what is on trial',
      { ...later, trial: trial(3, 0), seen: seen(3) },
      stateOf({ confirmed: installed(3), seen: seen(3) }),
      installed(3),
    ),
    vector(
      'the app is older than what is on trial',
      { ...later, trial: trial(4, 0), seen: seen(4) },
      stateOf({ confirmed: installed(3), trial: trial(4, 0), seen: seen(4) }),
      installed(3),
    ),
    vector(
      'the app has another contract',
      { ...later, trial: trial(3, 0), seen: seen(3) },
      stateOf({ confirmed: own, seen: seen(3) }),
      own,
    ),
  ]
}

interface Step {
  readonly event: 'start' | 'confirm' | 'fail' | 'stage'
  /** Of the model that was started (confirm, fail). */
  readonly version?: number
  readonly model?: object
  /** Hashes whose bytes are gone or are not what they were. */
  readonly lost?: readonly string[]
  /** Which model is run (start, fail). */
  readonly run?: { readonly version: number; readonly sha256: string }
  readonly state: object
}

const run = (version: number) => ({ version, sha256: installed(version).sha256 })

/** Events one after the other, and the state after each. The bundled model is version 1. */
export function transitionVectors() {
  const one = (more: object = {}) => stateOf({ seen: seen(2), ...more })
  const on = (starts: number) => one({ trial: trial(2, starts) })
  const back = one({ bad: 2 })
  const two = one({ confirmed: installed(2) })
  const start = (version: number, state: object, lost?: readonly string[]): Step => ({
    event: 'start',
    ...(lost && { lost }),
    run: run(version),
    state,
  })
  const fail = (version: number, state: object, runs = 1): Step => ({ event: 'fail', version, run: run(runs), state })
  const confirm = (version: number, state: object): Step => ({ event: 'confirm', version, state })
  const stage = (version: number, state: object): Step => ({ event: 'stage', model: installed(version), state })
  const vector = (name: string, state: object, steps: readonly Step[]) => ({
    name,
    bundled: installed(1),
    state,
    steps,
  })
  const both = [installed(1).sha256, installed(2).sha256]
  return [
    vector('a good update', one(), [stage(2, on(0)), start(2, on(1)), confirm(2, two), start(2, two)]),
    vector('three failures', on(0), [
      start(2, on(1)),
      fail(2, on(1)),
      start(2, on(2)),
      fail(2, on(2)),
      start(2, on(3)),
      fail(2, back),
      start(1, back),
    ]),
    vector('three crashes', on(0), [start(2, on(1)), start(2, on(2)), start(2, on(3)), start(1, back), start(1, back)]),
    vector('two crashes, then good', on(0), [start(2, on(1)), start(2, on(2)), start(2, on(3)), confirm(2, two)]),
    vector('nothing to try', one(), [start(1, one()), confirm(1, one()), start(1, one())]),
    vector('a confirmation of what is no longer on trial', one({ trial: trial(3, 1) }), [
      confirm(2, one({ trial: trial(3, 1) })),
    ]),
    vector('a failure of what is no longer on trial', one({ trial: trial(3, 3) }), [
      fail(2, one({ trial: trial(3, 3) })),
    ]),
    vector('confirmed in one tab, failed in another', on(3), [confirm(2, two), fail(2, two, 2)]),
    vector('a confirmation after the roll back', back, [confirm(2, back)]),
    vector('replaced while on trial', on(2), [
      stage(3, one({ trial: trial(3, 0) })),
      start(3, one({ trial: trial(3, 1) })),
    ]),
    vector('staged after a roll back', back, [
      stage(3, one({ bad: 2, trial: trial(3, 0) })),
      start(3, one({ bad: 2, trial: trial(3, 1) })),
      confirm(3, one({ bad: 2, confirmed: installed(3) })),
    ]),
    vector('the bytes on trial are gone', on(0), [start(1, one(), [installed(2).sha256])]),
    vector('the bytes of the confirmed model are gone', two, [start(1, one(), [installed(2).sha256])]),
    vector('all stored bytes are gone', one({ confirmed: installed(2), trial: trial(3, 1) }), [
      start(1, one(), [installed(2).sha256, installed(3).sha256]),
    ]),
    vector('the bundled model cannot be lost', one(), [start(1, one(), both)]),
  ]
}
