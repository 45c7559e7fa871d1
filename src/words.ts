/** The closed sets that files, flags and code have in common: one word per thing (VARS.md, CLI.md). */

/** The element types that are served, in ONNX's own words. bfloat16, complex and the 4- and 8-bit floats are not among them. */
export const DTYPES = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] as const

export type Dtype = (typeof DTYPES)[number]

/** What a model is for: it decides what /predict answers, and whether there are labels. */
export const TASKS = ['classification', 'regression', 'tensor'] as const

export type Task = (typeof TASKS)[number]

/** What is applied to the answered output. */
export const ACTIVATIONS = ['none', 'softmax', 'sigmoid'] as const

export type Activation = (typeof ACTIVATIONS)[number]

/** Who may change a file after it was generated; CLI.md says what running again does to each. */
export const OWNERS = ['template', 'shared', 'team'] as const

export type Owner = (typeof OWNERS)[number]

/** What a model is exported to (options.edge, `edge export`). */
export const EDGE_TARGETS = ['web', 'android', 'board'] as const

export type EdgeTarget = (typeof EDGE_TARGETS)[number]

/** How its weights are written down there. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const

export type Precision = (typeof PRECISIONS)[number]

/** As a graph that the device optimises when it loads it, or as onnxruntime has saved it. */
export const FORMATS = ['onnx', 'ort'] as const

export type Format = (typeof FORMATS)[number]

/** options.edge as far as vars.yaml does not say otherwise; `edge export` takes them where the option is off. */
export const EDGE_DEFAULTS = {
  targets: ['web'],
  precision: 'fp32',
  min_agreement: 0.99,
  host: true,
  format: 'onnx',
} as const satisfies {
  readonly targets: readonly EdgeTarget[]
  readonly precision: Precision
  readonly min_agreement: number
  readonly host: boolean
  readonly format: Format
}
