import type { Feature } from '../feature.ts'
import { modelFile } from '../ml/model-file.ts'
import { fetchModel } from './fetch-model.ts'
import { env } from './settings.ts'

/** The model is not in the image: it is fetched before any process loads it, unless it is there already. */
export const feature: Feature<typeof env> = {
  name: 'model-download',
  env,
  async provide({ config, contract, log }) {
    // Somebody has put another one there by hand.
    if (config.MODEL_PATH !== '') return
    const { file, sha256, bytes } = contract.model
    await fetchModel({
      url: config.MODEL_URL,
      authorization: config.MODEL_AUTHORIZATION,
      file: modelFile(config, file),
      sha256,
      bytes,
      log,
    })
  },
}
