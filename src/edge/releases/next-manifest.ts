import type { Manifest } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { CreateError } from '../../errors.ts'
import { later, readTimeOrDuration } from './times.ts'

/** What is released now; what is undefined was not said. */
export interface Wanted {
  readonly name: string
  readonly contract: string
  readonly model: Manifest['model']
  readonly version: number | undefined
  readonly rollout: number | undefined
  /** As it was typed. */
  readonly expires: string | undefined
  readonly minRuntime: string | null | undefined
  readonly released: string | undefined
  /** The clock. */
  readonly now: string
  /** For a model that only the runtime that saved it, or a newer one, can read. */
  readonly leastRuntime: string | null
}

/** So long a release can be installed when nothing else is said. */
const LIFE = '365d'
/** A clock may be behind the last release by so much, in seconds. */
const TOLERANCE = 60

/**
 * The manifest after `newest`; null when it would say the same again. A model gets a new version; the one that is released
 * already keeps its version, and only what may change of it does. Pure.
 * @throws CreateError `usage` or `invalid`.
 */
export function nextManifest(newest: Manifest | null, wanted: Wanted): Manifest | null {
  if (newest !== null && newest.name !== wanted.name) throw otherName(newest, wanted)
  const version = nextVersion(newest, wanted)
  const same = newest?.version === version ? newest : null
  const released = releaseTime(newest, wanted)
  const expires = expiryOf(same, wanted, released)
  const rollout = wanted.rollout ?? same?.rollout ?? 100
  const minRuntime =
    wanted.minRuntime === undefined ? (same ?? { minRuntime: wanted.leastRuntime }).minRuntime : wanted.minRuntime
  const { name, model, contract } = wanted
  if (same && same.expires === expires && same.rollout === rollout && same.minRuntime === minRuntime) return null
  const manifest: Manifest = { schema: 1, name, version, released, expires, minRuntime, rollout, model, contract }
  if (manifest.expires <= released) throw expiredAtOnce(manifest)
  return manifest
}

function otherName(newest: Manifest, { name }: Wanted): CreateError {
  return new CreateError('invalid', `this folder holds releases of ${newest.name}, and this is ${name}`, {
    hint: 'Every model has a release folder of its own: name another with --out DIR.',
  })
}

function nextVersion(newest: Manifest | null, { version, model, contract }: Wanted): number {
  if (newest === null) return version ?? 1
  const isSame = newest.model.sha256 === model.sha256 && newest.contract === contract
  if (version === undefined) return isSame ? newest.version : newest.version + 1
  if (version < newest.version) {
    throw new CreateError('invalid', `--release-version ${version} goes back: version ${newest.version} is released`, {
      hint: `Devices refuse a lower version. To take ${newest.version} back, release the former model again, as version ${newest.version + 1}.`,
    })
  }
  if (version === newest.version && !isSame) {
    const what =
      newest.contract === contract ? 'another model' : 'another contract (inputs, outputs, labels or preprocessing)'
    throw new CreateError('invalid', `version ${version} is released already, with ${what}`, {
      hint: `Devices that have it would never get this one. Leave --release-version out, or give ${version + 1}.`,
    })
  }
  return version
}

/** Later than the last one: of two manifests, devices must know which is newer. */
function releaseTime(newest: Manifest | null, { released, now }: Wanted): string {
  if (newest === null) return released ?? now
  const next = later(newest.released, 1) ?? now
  const isJustAhead = now < next && next <= (later(now, TOLERANCE) ?? now)
  const time = released ?? (isJustAhead ? next : now)
  if (time >= next) return time
  const hint =
    released === undefined
      ? 'The clock of this machine is behind, or that release was dated ahead: say when this one is with --released.'
      : 'Give a later --released.'
  throw new CreateError('invalid', `this release is of ${time}, and the last one of ${newest.released}`, { hint })
}

/** A duration begins with this manifest: giving one again puts the end off. */
function expiryOf(same: Manifest | null, { expires }: Wanted, released: string): string {
  if (expires === undefined && same) return same.expires
  return readTimeOrDuration('--expires', expires ?? LIFE, released)
}

function expiredAtOnce({ expires, released }: Manifest): CreateError {
  return new CreateError('invalid', `the release would expire at ${expires}, and it is of ${released}`, {
    hint: 'No device would install it: give a later --expires, such as 365d.',
  })
}
