import { CONTRACT, installed, MANIFEST, model, OTHER_CONTRACT, sha256, stateOf } from './sample.ts'

const APP = {
  name: 'digits',
  contract: CONTRACT,
  runtime: '1.30.0',
  deviceId: '00000000-0000-4000-8000-000000000000',
}
const NOW = '2026-11-10T12:00:00Z'
const SEEN = { version: MANIFEST.version, released: MANIFEST.released }
const TRIAL = { ...installed(2), starts: 1 }

type Vector = readonly [
  name: string,
  answer: string,
  given?: { manifest?: object; state?: object; app?: object; now?: string },
  /** Of the state after it; by default `seen` is the manifest's. */
  after?: object,
]

/** Verified manifests, what the device knows, and what it answers. */
export function decisionVectors() {
  return VECTORS.map(([name, answer, given = {}, after = { seen: SEEN }]) => ({
    name,
    manifest: { ...MANIFEST, ...given.manifest },
    state: stateOf(given.state),
    app: { ...APP, ...given.app },
    now: given.now ?? NOW,
    answer,
    after: stateOf({ ...given.state, ...after }),
  }))
}

const v3 = (more: object = {}) => ({ version: 3, released: '2026-11-03T00:00:00Z', model: model(3), ...more })
const seen3 = { seen: { version: 3, released: '2026-11-03T00:00:00Z' } }

const VECTORS: readonly Vector[] = [
  ['a newer version', 'install'],
  ['a version that leaves some out', 'install', { manifest: v3() }, seen3],
  ['the name of another model', 'wrong_name', { manifest: { name: 'iris' } }, {}],
  ['an older version than the one seen', 'downgrade', { state: { seen: { version: 3, released: '' } } }, {}],
  [
    'the version seen, released before',
    'downgrade',
    { state: { seen: { version: 2, released: '2026-11-02T00:00:01Z' } } },
    {},
  ],
  ['the very manifest that was seen', 'install', { state: { seen: SEEN } }],
  [
    'the version seen, released later',
    'install',
    { state: { seen: { version: 2, released: '2026-11-01T00:00:00Z' } } },
  ],
  [
    'a newer version, released before (nobody makes such)',
    'install',
    { state: { seen: { version: 1, released: '2026-12-01T00:00:00Z' } } },
  ],
  [
    'a downgrade that has expired too',
    'downgrade',
    { state: { seen: { version: 3, released: '' } }, now: '2028-01-01T00:00:00Z' },
    {},
  ],
  ['the version that runs', 'up_to_date', { state: { confirmed: installed(2), seen: SEEN } }],
  [
    'the version that runs, expired meanwhile',
    'up_to_date',
    { state: { confirmed: installed(2), seen: SEEN }, now: '2028-01-01T00:00:00Z' },
  ],
  ['the version on trial', 'up_to_date', { state: { trial: TRIAL, seen: SEEN } }],
  ['a version newer than the one on trial', 'install', { manifest: v3(), state: { trial: TRIAL, seen: SEEN } }, seen3],
  ['the version that was rolled back', 'known_bad', { state: { bad: 2, seen: SEEN } }],
  [
    'the version that was rolled back, released again',
    'known_bad',
    { manifest: { released: '2026-11-05T00:00:00Z' }, state: { bad: 2, seen: SEEN } },
    { seen: { version: 2, released: '2026-11-05T00:00:00Z' } },
  ],
  [
    'the version after the one that was rolled back',
    'install',
    { manifest: v3(), state: { bad: 2, seen: SEEN } },
    seen3,
  ],
  ['the second before it expires', 'install', { now: '2027-11-01T23:59:59Z' }],
  ['the second in which it expires', 'expired', { now: '2027-11-02T00:00:00Z' }],
  ['a clock far ahead', 'expired', { now: '2099-01-01T00:00:00Z' }],
  ['a clock that stands before the release', 'install', { now: '2026-01-01T00:00:00Z' }],
  ['a clock that stands at its beginning', 'install', { now: '1970-01-01T00:00:00Z' }],
  ['another contract', 'wrong_contract', { manifest: { contract: OTHER_CONTRACT } }],
  [
    'another contract, expired: expiry is named first',
    'expired',
    { manifest: { contract: OTHER_CONTRACT }, now: '2028-01-01T00:00:00Z' },
  ],
  ['a minimum runtime that is there', 'install', { manifest: { minRuntime: '1.30.0' } }],
  ['a patch more', 'newer_runtime', { manifest: { minRuntime: '1.30.1' } }],
  ['numbers are compared, not text', 'install', { manifest: { minRuntime: '1.9.9' } }],
  ['a major version more', 'newer_runtime', { manifest: { minRuntime: '2.0.0' } }],
  ['a newer runtime than needed', 'install', { manifest: { minRuntime: '1.30.1' }, app: { runtime: '2.0.0' } }],
  [
    'a pre-release counts as its release',
    'install',
    { manifest: { minRuntime: '1.30.0' }, app: { runtime: '1.30.0-dev.20261101-abc' } },
  ],
  [
    'a runtime that does not say what it is',
    'newer_runtime',
    { manifest: { minRuntime: '1.0.0' }, app: { runtime: 'unknown' } },
  ],
  ['a runtime that does not say what it is, where none is asked for', 'install', { app: { runtime: 'unknown' } }],
  ['rollout 0', 'outside_rollout', { manifest: { rollout: 0 } }],
  ['a rollout of its own bucket', 'outside_rollout', { manifest: { rollout: bucketOfDevice() } }],
  ['a rollout of its own bucket and one', 'install', { manifest: { rollout: bucketOfDevice() + 1 } }],
  [
    'the model that runs, under a new version: taken back',
    'adopt',
    { manifest: { ...v3(), model: model(1) }, state: { trial: TRIAL, seen: SEEN } },
    { ...seen3, confirmed: { ...installed(1), version: 3 }, trial: null },
  ],
  [
    'the bundled model, released for the first time',
    'adopt',
    {
      manifest: { model: model(1) },
      state: { confirmed: { ...installed(1), version: 0 }, seen: { version: 0, released: '' } },
    },
    { seen: SEEN, confirmed: { ...installed(1), version: 2 } },
  ],
  ['the model that runs, outside the rollout', 'outside_rollout', { manifest: { model: model(1), rollout: 0 } }],
]

/** Worked out here, not written: what matters is on which side of it the rollout is. */
function bucketOfDevice(): number {
  return Number.parseInt(sha256(`digits:2:${APP.deviceId}`).slice(0, 8), 16) % 100
}
