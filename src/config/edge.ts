import type { Vars } from '../inputs/vars.ts'
import type { EdgeTarget, Format, Precision } from '../words.ts'
import type { Json } from './config.ts'
import type { Findings } from './findings.ts'

/** What of options.edge, or of the flags of `edge export`, decides what is made. */
export interface EdgeChoice {
  readonly targets: readonly EdgeTarget[]
  readonly precision: Precision
  readonly format: Format
}

/** What of a model decides what can be made of it. */
export interface EdgeFacts {
  readonly encoder: { readonly file: string } | null
  readonly model: { readonly bytes: number }
}

export interface EdgeFault {
  readonly key: keyof EdgeChoice
  readonly message: string
}

/** What a browser and the JVM can hold in one array. */
const MOST_BYTES = 2 ** 31 - 1

/** Every contradiction between a model and what is to be made of it. Weights that lie beside it are put into it. Pure. */
export function findEdgeFaults({ model, encoder }: EdgeFacts, choice: EdgeChoice): EdgeFault[] {
  const { targets, precision, format } = choice
  const faults: EdgeFault[] = []
  if (targets.length === 0) faults.push({ key: 'targets', message: 'names no target' })
  const twice = targets.find((target, index) => targets.indexOf(target) !== index)
  if (twice !== undefined) faults.push({ key: 'targets', message: `names ${twice} twice` })
  if (format === 'ort' && precision !== 'fp32') {
    const message = `ort goes with precision fp32 only: onnxruntime computes what ${precision} saves into the file again`
    faults.push({ key: 'format', message })
  }
  if (model.bytes > MOST_BYTES)
    faults.push({ key: 'targets', message: 'the model is larger than 2 GiB: no device holds it' })
  if (encoder === null) return faults
  const reason = 'this one is in two parts (options.data_cache.encoder)'
  for (const target of targets) {
    if (target !== 'board')
      faults.push({ key: 'targets', message: `${target} takes a model of one file, and ${reason}` })
  }
  if (precision !== 'fp32')
    faults.push({ key: 'precision', message: `${precision} is made of one file, and ${reason}` })
  if (format !== 'onnx') faults.push({ key: 'format', message: `${format} is made of one file, and ${reason}` })
  return faults
}

/** Where exports lie, which the server shows to browsers: in its image, too. */
const FOLDER = 'edge'

/** options.edge, complete and checked against the model. `hosted` is what the image needs; null: nothing. */
export function resolveEdge({ options }: Vars, facts: EdgeFacts, findings: Findings): { [key: string]: Json } | null {
  const { edge } = options
  if (!edge) return null
  for (const { key, message } of findEdgeFaults(facts, edge)) findings.wrong(['options', 'edge', key], message)
  return { ...edge, hosted: edge.host ? FOLDER : null }
}
