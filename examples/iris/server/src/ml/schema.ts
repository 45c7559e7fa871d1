import { type TSchema, Type } from '@sinclair/typebox'
import type { Contract, Dim, Dtype, Json, TensorSpec } from '../transforms/types.ts'

/** Longer samples would drown the documentation page. */
const MAX_EXAMPLE_CHARACTERS = 10_000

/** `{"data": ...}`: nested arrays of the one input, or an object of them by name. The contract's sample is its example. */
export function bodySchema({ inputs, rows, sample }: Contract): TSchema {
  const [only] = inputs
  const byName = inputs.map((input) => [input.name, tensorSchema(input, REQUEST, rows)])
  const data =
    only && inputs.length === 1
      ? tensorSchema(only, REQUEST, rows)
      : Type.Object(Object.fromEntries(byName), { additionalProperties: false })
  return Type.Object(
    { data },
    { additionalProperties: false, ...(sample.data === null ? {} : example({ data: sample.data })) },
  )
}

/** `{"prediction": ...}`: one row without its outer array, or an array of rows; tensors whole where the contract has no rows. */
export function predictionSchema({ outputs, predict, rows, task, sample }: Contract): TSchema {
  const chosen = outputs.find(({ name }) => name === predict.output)
  const unwrapped = rows && task !== 'tensor'
  const byName = Object.fromEntries(outputs.map((output) => [output.name, answerSchema(output, unwrapped)]))
  const prediction = chosen ? answerSchema(chosen, unwrapped) : Type.Object(byName)
  return Type.Object({ prediction }, sample.prediction === null ? {} : example({ prediction: sample.prediction }))
}

/** `{"prediction": "setosa"}`, or with `?k=` the best labels with their scores; an array of these for several rows. */
export function labelSchema({ labels, rows }: Contract): TSchema {
  const label = Type.String(labels ? example(labels[0] ?? '') : {})
  const best = Type.Array(Type.Object({ label, score: oneOfTypes('number', 'string') }))
  const one = Type.Union([label, best])
  return Type.Object({ prediction: rows ? Type.Union([label, best, Type.Array(one)]) : Type.Unsafe<Json>({}) })
}

type ElementSchema = (dtype: Dtype) => TSchema

const REQUEST: ElementSchema = (dtype) => {
  if (dtype === 'bool') return Type.Boolean()
  if (dtype === 'string') return Type.String()
  if (dtype === 'int64' || dtype === 'uint64') return oneOfTypes('integer', 'string')
  return dtype.startsWith('float') ? Type.Number() : Type.Integer()
}

/** Answers have strings where JSON has no numbers: "NaN", "Infinity", and 64-bit integers beyond 2^53 - 1. */
const RESPONSE: ElementSchema = (dtype) => (dtype.startsWith('float') ? oneOfTypes('number', 'string') : REQUEST(dtype))

function oneOfTypes(...type: readonly string[]): TSchema {
  return Type.Unsafe({ type: [...type] })
}

function answerSchema(output: TensorSpec, unwrapped: boolean): TSchema {
  const whole = tensorSchema(output, RESPONSE, unwrapped)
  if (!unwrapped || output.shape === null) return whole
  const row = nested(output.shape.slice(1), RESPONSE(output.dtype))
  return Type.Union([row, whole])
}

/** With rows the leading size is free, but not 0. */
function tensorSchema({ dtype, shape }: TensorSpec, element: ElementSchema, rows: boolean): TSchema {
  if (shape === null) return Type.Unsafe<Json>({ description: `Nested arrays of ${dtype}, of any depth.` })
  if (!rows) return nested(shape, element(dtype))
  return Type.Array(nested(shape.slice(1), element(dtype)), { minItems: 1 })
}

function nested(shape: readonly Dim[], element: TSchema): TSchema {
  return shape.reduceRight<TSchema>((items, dim) => {
    return Type.Array(items, typeof dim === 'number' ? { minItems: dim, maxItems: dim } : { description: dim })
  }, element)
}

function example(value: Json): { examples?: Json[] } {
  return JSON.stringify(value).length > MAX_EXAMPLE_CHARACTERS ? {} : { examples: [value] }
}
