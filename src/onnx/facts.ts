import type { Dtype } from '../words.ts'

/** A fixed size, the name of a symbolic one (`"batch"`), or null where the model names none. */
export type ModelDim = number | string | null

/** An input or output as the model file declares it. `shape` is null where the rank is not declared. */
export interface ModelPort {
  name: string
  /** For a tensor its element type in ONNX's words (may be one that we do not serve, such as `bfloat16`); else the type, such as `sequence<map<int64, float32>>`. */
  type: string
  /** The element type when it is a tensor of a dtype that we serve, else null. */
  dtype: Dtype | null
  shape: readonly ModelDim[] | null
}

/** A byte range of a file, or literal bytes: what a stored model is put together from, never held whole in memory. */
export type Segment = { kind: 'file'; path: string; start: number; end: number } | { kind: 'bytes'; bytes: Uint8Array }

/** A tensor kept in the model: a weight, or a constant. */
export interface ParameterFacts {
  name: string
  type: string
  shape: readonly number[]
  bytes: number
}

/** What a model file says of itself, after the edits that make it servable (ZipMap stripped). Plain data but for `content`. */
export interface ModelFacts {
  /** Size and SHA-256 (hex) of the model as it is stored in the server: after the edits. */
  bytes: number
  sha256: string
  irVersion: number
  producer: string
  /** Opset version by domain; the default domain is written `ai.onnx`. */
  opsets: Readonly<Record<string, number>>
  /** How often each operator occurs, subgraphs included, `domain.Op` for domains other than ai.onnx. */
  ops: Readonly<Record<string, number>>
  /** Operators of domains that neither onnxruntime nor the model itself defines, `org.example.Op`. */
  customOps: readonly string[]
  /** Inputs that a caller must give; without `optionalInputs`, which onnxruntime-node silently ignores. */
  inputs: readonly ModelPort[]
  /** Graph inputs with an initialiser, their default value. Empty below IR version 4, where every weight is an input. */
  optionalInputs: readonly string[]
  outputs: readonly ModelPort[]
  /** Class labels in column order, from ZipMap, else from the classifier node; null when the model names none. */
  classLabels: readonly (string | number)[] | null
  /** Where classLabels were read. */
  classLabelsFrom: 'zipmap' | 'classifier' | null
  /** The tensor that holds the class scores, a graph output: from ZipMap or the classifier node. */
  scoresOutput: string | null
  /** True when that tensor holds raw scores of a linear classifier: one per row means the second of two classes above 0, a probability from 0.5. */
  decisionScore: boolean
  /** True when the model holds a classifier node of ai.onnx.ml (or held a ZipMap). */
  isClassifier: boolean
  /** What was taken out of the graph, for the report: `{op: "ZipMap", output: "output_probability", tensor: "probabilities"}`. */
  stripped: readonly { op: string; output: string; tensor: string }[]
  parameters: readonly ParameterFacts[]
  parameterBytes: number
  /** Files of external data, relative to the model file, that must be stored beside it. */
  externalData: readonly string[]
  /** Things worth saying that do not stop us. */
  warnings: readonly string[]
  /** The stored model's bytes. */
  content: readonly Segment[]
}
