import type { Installed, State } from './state.ts'

/** So many starts are given to a new model to prove itself. */
const STARTS = 3

/** A start begins: what is on trial is counted, or rolled back when it had its chances. Store it before a model is loaded. */
export function begin(state: State): State {
  if (state.trial === null) return state
  if (state.trial.starts >= STARTS) return rollBack(state, state.trial)
  return { ...state, trial: { ...state.trial, starts: state.trial.starts + 1 } }
}

/** What is run after `begin`. */
export function current({ trial, confirmed }: State): Installed {
  return trial ?? confirmed
}

/** The model that was started gave a good answer. */
export function confirm(state: State, version: number): State {
  if (state.trial?.version !== version) return state
  const { starts: _, ...confirmed } = state.trial
  return { ...state, confirmed, trial: null }
}

/** The model that was started could not be loaded or run. What is run in its place is `confirmed`. */
export function fail(state: State, version: number): State {
  const { trial } = state
  return trial?.version === version && trial.starts >= STARTS ? rollBack(state, trial) : state
}

/** A verified model is on the device: it is tried at the next start. */
export function stage(state: State, model: Installed): State {
  return { ...state, trial: { ...model, starts: 0 } }
}

/** The bytes of a model are gone, or are not what they were. */
export function lose(state: State, { sha256 }: Installed, bundled: Installed): State {
  if (state.trial?.sha256 === sha256) return { ...state, trial: null }
  return { ...state, confirmed: bundled }
}

function rollBack(state: State, { version }: Installed): State {
  return { ...state, trial: null, bad: version }
}
