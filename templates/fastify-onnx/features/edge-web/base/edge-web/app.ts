/** What `edge export` says of this export: app.json, beside index.html. */
export interface App {
  readonly schema: 1
  /** Changes with any file of the export. */
  readonly version: string
  readonly model: ModelFile
  readonly runtimes: {
    /** Every operator that onnxruntime has. */
    readonly wasm: RuntimeFiles
    /** null where it does not have the model's operators (ai.onnx.ml). */
    readonly webgpu: RuntimeFiles | null
  }
  /** null: the model is the exported one for ever. */
  readonly updates: Updates | null
}

/** Where new models are released, and what they must be. */
export interface Updates {
  /** The release directory, ending in a slash. */
  readonly releases: string
  /** Base64 of SubjectPublicKeyInfo, each. */
  readonly publicKeys: readonly string[]
  readonly name: string
  /** Hash of the inputs and outputs that the page's code relies on. */
  readonly contract: string
  /** Of the exported model; 0: it was never released. */
  readonly version: number
}

/** A file of the export, relative to its root, that is used only after its hash was compared. */
export interface FileFacts {
  readonly file: string
  readonly sha256: string
  readonly bytes: number
}

export interface ModelFile extends FileFacts {
  readonly precision: string
  readonly format: 'onnx' | 'ort'
}

/** One build of onnxruntime-web. */
export interface RuntimeFiles {
  readonly version: string
  /** What is imported. */
  readonly script: string
  /** What loads the binary. */
  readonly loader: string
  readonly binary: FileFacts
}

/** The root of the export, wherever it is hosted. */
const ROOT = new URL('../', import.meta.url)

/** The address of a file of the export. */
export function urlOf(file: string): string {
  return new URL(file, ROOT).href
}

/** Throws where it cannot be had. */
export async function loadApp(): Promise<App> {
  const response = await fetch(urlOf('app.json'))
  if (!response.ok) throw new Error(`app.json: ${response.status}`)
  const app: App = JSON.parse(await response.text())
  return app
}
