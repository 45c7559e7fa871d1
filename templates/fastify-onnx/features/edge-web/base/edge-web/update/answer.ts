import type { Decision } from './decide.ts'

/** What came of looking for an update. */
export type Answer =
  | Exclude<Decision, 'install'>
  | 'bad_signature'
  | 'bad_manifest'
  | 'newer_schema'
  | 'unreachable'
  | 'no_space'
  | 'bad_model'
  | 'busy'
  | 'staged'

/** For the person at the device. None of these stops the model that runs. */
export const MESSAGES: Readonly<Record<Answer, string>> = {
  up_to_date: 'The model is up to date.',
  staged: 'A new model is ready: it is used from the next start on.',
  adopt: 'The model is up to date.',
  busy: 'An update is being loaded in another window.',
  unreachable:
    'No update could be loaded: there is no connection, or the server does not answer. It is tried again later.',
  no_space: 'There is a new model, but this device has no room for it. Free some space; it is tried again later.',
  outside_rollout: 'There is a new model, which this device gets later.',
  expired: 'The newest release has expired, or the clock of this device is ahead. The present model stays.',
  known_bad: 'The newest model did not work on this device. The former one stays.',
  wrong_contract: 'There is a new model, but it needs a newer version of this app.',
  newer_runtime: 'There is a new model, but it needs a newer version of this app.',
  newer_schema: 'There is a new model, but it needs a newer version of this app.',
  downgrade: 'The server offers an older release than this device has seen: refused.',
  bad_signature: 'The release is not signed by the maker of this app: refused.',
  bad_manifest: 'The release is not complete: refused.',
  wrong_name: 'The server offers another model than this app is for: refused.',
  bad_model: 'The loaded model is not the one that was signed: refused.',
}
