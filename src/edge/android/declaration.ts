import { contractHash } from '../contract-hash.ts'
import type { GoldenOutput } from '../golden.ts'
import type { ExportContext } from '../target.ts'

/**
 * edge.json: what vars.yaml declares, and which model is shipped. Values of vars stay data on the device too: the app reads
 * this file, and no code is made of it.
 */
export function declareModel({ server: { config }, model, golden }: ExportContext): string {
  const { name, task, rows, inputs, outputs, predict, labels, preprocess, sample } = config
  const [first] = golden.vectors
  const declaration = {
    schema: 1,
    name,
    task,
    rows,
    inputs,
    outputs,
    predict,
    labels: labels?.names ?? null,
    preprocess,
    sample: preprocess.kind === 'image' ? null : sample.data,
    model: {
      file: model.file,
      // 0: shipped with the app. A release of these bytes gives it its number.
      version: 0,
      sha256: model.sha256,
      size: model.bytes.length,
      format: model.format,
      precision: model.precision,
      contract: contractHash(config),
    },
    finiteOutputs: Object.entries(first?.outputs ?? {})
      .filter(([, output]) => holdsNoNaN(output))
      .map(([output]) => output),
  }
  return `${JSON.stringify(declaration, null, 2)}\n`
}

/** Numbers, none of them NaN: an update that answers NaN there is no good. */
function holdsNoNaN({ dtype, data }: GoldenOutput): boolean {
  if (typeof data !== 'string') return false
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  if (dtype === 'float32') return !new Float32Array(bytes.buffer).some(Number.isNaN)
  if (dtype === 'float64') return !new Float64Array(bytes.buffer).some(Number.isNaN)
  if (dtype === 'float16') return !new Uint16Array(bytes.buffer).some((bits) => (bits & 0x7fff) > 0x7c00)
  return true
}
