import type { Answer } from './answer.ts'
import type { Setting } from './app.ts'
import { decide } from './decide.ts'
import { download } from './download.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { guarded, orRefused } from './guarded-store.ts'
import type { Manifest } from './manifest.ts'
import { changing, save } from './start.ts'
import type { Store } from './store.ts'
import { printTime } from './time.ts'
import { stage } from './trial.ts'

/**
 * Looks for a newer model, loads and verifies it: the next start tries it. What runs goes on running.
 * It never throws for what network, server or disk do.
 */
export async function updateModel(setting: Setting): Promise<Answer> {
  const store = guarded(setting.store)
  const update = store.ifFree('update', () => updateAlone({ ...setting, store }))
  return (await orRefused(update.then((answer) => answer ?? 'busy'))) ?? 'no_space'
}

async function updateAlone(setting: Setting): Promise<Answer> {
  const fetched = await fetchManifest(setting.app.source, setting.tools)
  if (fetched.answer !== 'ok') return fetched.answer
  return (await orRefused(checkAndInstall(setting, fetched.manifest))) ?? 'no_space'
}

async function checkAndInstall(setting: Setting, manifest: Manifest): Promise<Answer> {
  const answer = await check(setting, manifest)
  return answer === 'install' ? install(setting, manifest) : answer
}

/** Decides, and remembers what was seen. */
async function check(setting: Setting, manifest: Manifest) {
  const { app, store, tools } = setting
  const { name, runtime, bundled } = app
  const device = { name, runtime, contract: bundled.contract, deviceId: await deviceIdOf(store) }
  return changing(setting, async (before) => {
    const { answer, state } = await decide(manifest, before, device, printTime(tools.now()))
    if (state !== before) await save(setting, state)
    return answer
  })
}

async function install(setting: Setting, { model, version, contract }: Manifest): Promise<Answer> {
  const { app, store, tools } = setting
  const { sha256, size, format } = model
  const isThere = sha256 === app.bundled.sha256 || (await store.readModel(sha256)) !== null
  const url = new URL(model.file, app.source.url).href
  const outcome = isThere ? 'there' : await download({ url, sha256, size }, store, tools)
  if (outcome !== 'loaded' && outcome !== 'there') return outcome
  // Model and state under one lock: no other start, which deletes what the state does not name, comes between them.
  await changing(setting, async (state) => {
    if (outcome === 'loaded') await store.finish(sha256)
    await save(setting, stage(state, { version, sha256, size, format, contract }))
  })
  return 'staged'
}

/** Random, made once; it decides when the device's turn is in a rollout, and is sent nowhere. */
async function deviceIdOf(store: Store): Promise<string> {
  const known = await store.read('device')
  if (known !== null) return known
  const made = crypto.randomUUID()
  await store.write('device', made)
  return made
}
