import type { Config } from '../config/config.ts'
import type { Lock } from '../lock.ts'
import type { ModelFacts } from '../onnx/facts.ts'
import type { EdgeTarget, Format, Precision } from '../words.ts'
import type { Golden } from './golden.ts'

/** A generated server that is installed and built: all that is exported is made by it. */
export interface BuiltServer {
  /** Absolute path of its folder. */
  readonly root: string
  readonly lock: Lock
  /** As the lock has it. */
  readonly config: Config
  /**
   * The preprocessing is what vars.yaml declares: neither preprocess.ts nor transforms/ was edited. A port of the declaration to
   * another language would else be another preprocessing.
   */
  readonly preprocessIsPristine: boolean
  /** The same of postprocess.ts and transforms/. */
  readonly postprocessIsPristine: boolean
  /** A module of dist/, such as `transforms/encode.js`. */
  load(path: string): Promise<Readonly<Record<string, unknown>>>
  /** The file of a package as the server's own code finds it; null where it is not installed. */
  resolve(specifier: string): string | null
}

/** The model as it is shipped: weights as `precision` has them, in one file. */
export interface EdgeModel {
  /** Its file in models/ of the export, such as `digits.onnx`, `digits.int8.onnx`, `digits.ort`. */
  readonly file: string
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly precision: Precision
  readonly format: Format
  /** Of the server's own model, which it was made from. */
  readonly facts: ModelFacts
}

/** All that a target is made from. */
export interface ExportContext {
  readonly server: BuiltServer
  readonly model: EdgeModel
  readonly golden: Golden
  /** golden.json and what it names, as they are written beside the target's own files. */
  readonly goldenFiles: readonly ExportedFile[]
  /** The bundled template's folder. */
  readonly templates: string
}

/** `path` is relative to edge/<target>/, with forward slashes; `copyOf` is the absolute path of a file that is copied. */
export type ExportedFile =
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly copyOf: string }

/**
 * Makes the target's own files, in memory; golden vectors, the model and the report are added to them.
 * Throws CreateError for what it cannot export.
 */
export type ExportTarget = (context: ExportContext) => Promise<readonly ExportedFile[]>

export type ExportTargets = { readonly [T in EdgeTarget]?: ExportTarget }
