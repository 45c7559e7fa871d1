import type { Vars } from '../inputs/vars.ts'
import type { ModelFacts } from '../onnx/facts.ts'
import type { Config } from './config.ts'
import type { Findings } from './findings.ts'

export interface ImageInputs {
  readonly vars: Vars
  readonly model: ModelFacts
  readonly encoder: Config['encoder']
}

/** The container image, and how the model gets into it. A download must be of the very model that the server is made for. */
export function resolveImage({ vars, model, encoder }: ImageInputs, findings: Findings): Config['image'] {
  const { repository = vars.name ?? '', model: way } = vars.image
  if (typeof way === 'string') return { repository, model: way, url: null, sha256: null }
  const wrong = (path: readonly string[], message: string) => findings.wrong(['image', 'model', ...path], message)
  const { url, sha256 } = way.download
  if (!/^https?:\/\//.test(url)) wrong(['download', 'url'], 'must begin with http:// or https://')
  if (sha256 !== model.sha256) {
    const stored = model.stripped.length > 0 ? ', which has no ZipMap any more: upload that file' : ''
    wrong(['download', 'sha256'], `is not that of models/${vars.model_file_name} (${model.sha256})${stored}`)
  }
  const beside = [...model.externalData, ...(encoder ? [encoder.file] : [])]
  if (beside.length > 0) {
    wrong([], `download fetches one file, but the model also needs ${beside.join(', ')}: use volume, or baked`)
  }
  return { repository, model: 'download', url, sha256 }
}
