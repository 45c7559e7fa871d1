import { type App, urlOf } from '../app.ts'
import type { Setting } from '../update/app.ts'
import { confirmModel, failModel, type Started, startModel } from '../update/start.ts'
import { browserTools } from '../update/tools.ts'
import { updateModel } from '../update/update.ts'
import { bundledModel, type ModelSource } from './model-source.ts'
import { loadFile } from './store.ts'
import { browserStore } from './update-store.ts'

/** The newest model that was released and has proved itself here, else the one that was exported with the page. */
export function chooseSource(app: App): ModelSource {
  return app.updates === null ? bundledModel(app.model) : updatedModel(app, app.updates)
}

function updatedModel(app: App, updates: NonNullable<App['updates']>): ModelSource {
  let started: Started | undefined
  let isBundledStored = false

  function settingWith(progress: (loaded: number) => void): Setting {
    const { sha256, bytes: size, format } = app.model
    const { name, contract, version } = updates
    return {
      app: {
        name,
        runtime: app.runtimes.wasm.version,
        bundled: { version, sha256, size, format, contract },
        async readBundled() {
          const { bytes, isStored } = await loadFile(app.model, progress)
          isBundledStored = isStored
          return bytes
        },
        source: { url: urlOf(updates.releases), publicKeys: updates.publicKeys },
      },
      store: browserStore(`edge-models:${urlOf('')}`),
      tools: browserTools,
    }
  }
  const quiet = settingWith(() => undefined)

  return {
    async load(progress) {
      started ??= await startModel(settingWith(progress))
      const { model, bytes, onTrial } = started
      const { sha256, format } = model
      const isBundled = sha256 === app.model.sha256
      return {
        bytes,
        sha256,
        format,
        version: model.version === 0 ? 'as exported' : String(model.version),
        precision: isBundled ? app.model.precision : 'as released',
        isStored: isBundled ? isBundledStored : true,
        onTrial,
      }
    },
    async confirm() {
      if (started) await confirmModel(quiet, started)
    },
    async giveUp() {
      if (!started?.onTrial) return false
      started = await failModel(quiet, started)
      return true
    },
    update: () => updateModel(quiet),
  }
}
