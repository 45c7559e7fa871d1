import { type JsonSchema, objectSchema } from '../json-schema.ts'
import type { Contract, Dim, Dtype, Json, TensorSpec } from '../transforms/types.ts'

/** Longer samples would drown the documentation page. */
const MAX_EXAMPLE_CHARACTERS = 10_000

/** `{"data": ...}`: nested arrays of the one input, or an object of them by name. The contract's sample is its example. */
export function bodySchema({ inputs, rows, sample }: Contract): JsonSchema {
  const [only] = inputs
  const byName = inputs.map((input) => [input.name, tensorSchema(input, REQUEST, rows)])
  const data =
    only && inputs.length === 1
      ? tensorSchema(only, REQUEST, rows)
      : { additionalProperties: false, ...objectSchema(Object.fromEntries(byName)) }
  const examples = sample.data === null ? {} : example({ data: sample.data })
  return { additionalProperties: false, ...examples, ...objectSchema({ data }) }
}

/** `{"prediction": ...}`: one row without its outer array, or an array of rows; tensors whole where the contract has no rows. */
export function predictionSchema({ outputs, predict, rows, task, sample }: Contract): JsonSchema {
  const chosen = outputs.find(({ name }) => name === predict.output)
  const unwrapped = rows && task !== 'tensor'
  const byName = Object.fromEntries(outputs.map((output) => [output.name, answerSchema(output, unwrapped)]))
  const prediction = chosen ? answerSchema(chosen, unwrapped) : objectSchema(byName)
  const examples = sample.prediction === null ? {} : example({ prediction: sample.prediction })
  return { ...examples, ...objectSchema({ prediction }) }
}

/** `{"prediction": "setosa"}`, or with `?k=` the best labels with their scores; an array of these for several rows. */
export function labelSchema({ labels, rows }: Contract): JsonSchema {
  const label = { ...(labels && example(labels[0] ?? '')), type: 'string' }
  const best = { type: 'array', items: objectSchema({ label, score: NUMBER_OR_STRING }) }
  const several = { type: 'array', items: { anyOf: [label, best] } }
  return objectSchema({ prediction: rows ? { anyOf: [label, best, several] } : {} })
}

type ElementSchema = (dtype: Dtype) => JsonSchema

const NUMBER_OR_STRING: JsonSchema = { type: ['number', 'string'] }

const REQUEST: ElementSchema = (dtype) => {
  if (dtype === 'bool') return { type: 'boolean' }
  if (dtype === 'string') return { type: 'string' }
  if (dtype === 'int64' || dtype === 'uint64') return { type: ['integer', 'string'] }
  return { type: dtype.startsWith('float') ? 'number' : 'integer' }
}

/** Answers have strings where JSON has no numbers: "NaN", "Infinity", and 64-bit integers beyond 2^53 - 1. */
const RESPONSE: ElementSchema = (dtype) => (dtype.startsWith('float') ? NUMBER_OR_STRING : REQUEST(dtype))

function answerSchema(output: TensorSpec, unwrapped: boolean): JsonSchema {
  const whole = tensorSchema(output, RESPONSE, unwrapped)
  if (!unwrapped || output.shape === null) return whole
  const row = nested(output.shape.slice(1), RESPONSE(output.dtype))
  return { anyOf: [row, whole] }
}

/** With rows the leading size is free, but not 0. */
function tensorSchema({ dtype, shape }: TensorSpec, element: ElementSchema, rows: boolean): JsonSchema {
  if (shape === null) return { description: `Nested arrays of ${dtype}, of any depth.` }
  if (!rows) return nested(shape, element(dtype))
  return { minItems: 1, type: 'array', items: nested(shape.slice(1), element(dtype)) }
}

function nested(shape: readonly Dim[], element: JsonSchema): JsonSchema {
  return shape.reduceRight<JsonSchema>((items, dim) => {
    const size = typeof dim === 'number' ? { minItems: dim, maxItems: dim } : { description: dim }
    return { ...size, type: 'array', items }
  }, element)
}

function example(value: Json): { examples?: Json[] } {
  return JSON.stringify(value).length > MAX_EXAMPLE_CHARACTERS ? {} : { examples: [value] }
}
