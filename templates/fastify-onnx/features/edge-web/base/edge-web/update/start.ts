import type { App, Setting } from './app.ts'
import { guarded, orRefused } from './guarded-store.ts'
import { type Bytes, sha256 } from './hash.ts'
import { type Installed, openState, type State } from './state.ts'
import { begin, confirm, fail, lose } from './trial.ts'

/** A model to run. */
export interface Started {
  readonly model: Installed
  readonly bytes: Bytes
  /** It has to be confirmed after its first good answer, or failed. */
  readonly onTrial: boolean
}

/** The model to run now: whatever the store does, there is one. Throws only what `readBundled` throws. */
export async function startModel(setting: Setting): Promise<Started> {
  const safe = guardedSetting(setting)
  return orBundled(safe, async (state) => {
    const begun = begin(state)
    // Stored before the model is loaded: when it takes the app down, this start has been counted. What cannot be is not tried.
    const isCounted = await isSaved(safe, begun)
    return isCounted && begun.trial ? startTrial(safe, begun, begun.trial) : startConfirmed(safe, begun)
  })
}

/** The model that was started gave a good answer. False when that could not be stored: it stays on trial. */
export async function confirmModel(setting: Setting, { model }: Started): Promise<boolean> {
  const safe = guardedSetting(setting)
  return (await orRefused(changing(safe, (state) => isSaved(safe, confirm(state, model.version))))) ?? false
}

/** The model on trial could not be loaded or run: gives the one to run in its place. Throws only what `readBundled` throws. */
export async function failModel(setting: Setting, { model }: Started): Promise<Started> {
  const safe = guardedSetting(setting)
  return orBundled(safe, async (state) => {
    const failed = fail(state, model.version)
    await isSaved(safe, failed) // if not, the next start counts
    return startConfirmed(safe, failed)
  })
}

/** Runs `change` with the current state, while nobody else changes it. */
export async function changing<T>({ app, store }: Setting, change: (state: State) => Promise<T>): Promise<T> {
  return store.exclusive('state', async () => change(openState(await store.read('state'), app.bundled)))
}

/** Writes a state, then deletes models that it does not name. */
export async function save({ app, store }: Setting, state: State): Promise<void> {
  await store.write('state', JSON.stringify(state))
  const named = [state.confirmed, ...(state.trial ? [state.trial] : [])].map(({ sha256: hash }) => hash)
  await orRefused(store.keepModels(named.filter((hash) => hash !== app.bundled.sha256))) // what stays only takes room
}

async function isSaved(setting: Setting, state: State): Promise<boolean> {
  return (await orRefused(save(setting, state).then(() => true))) ?? false
}

async function startTrial(setting: Setting, state: State, trial: Installed): Promise<Started> {
  const bytes = await readIntact(setting, trial)
  if (bytes !== null) return { model: trial, bytes, onTrial: true }
  const without = lose(state, trial, setting.app.bundled)
  await isSaved(setting, without)
  return startConfirmed(setting, without)
}

async function startConfirmed(setting: Setting, state: State): Promise<Started> {
  const bytes = await readIntact(setting, state.confirmed)
  if (bytes !== null) return { model: state.confirmed, bytes, onTrial: false }
  await isSaved(setting, lose(state, state.confirmed, setting.app.bundled))
  return runBundled(setting.app)
}

/** null: not there, or not what it was. */
async function readIntact({ app, store }: Setting, { sha256: hash }: Installed): Promise<Bytes | null> {
  if (hash === app.bundled.sha256) return app.readBundled()
  const bytes = await orRefused(store.readModel(hash))
  return bytes !== null && (await sha256(bytes)) === hash ? bytes : null
}

async function orBundled(setting: Setting, start: (state: State) => Promise<Started>): Promise<Started> {
  return (await orRefused(changing(setting, start))) ?? runBundled(setting.app)
}

async function runBundled(app: App): Promise<Started> {
  return { model: app.bundled, bytes: await app.readBundled(), onTrial: false }
}

function guardedSetting(setting: Setting): Setting {
  return { ...setting, store: guarded(setting.store) }
}
