import { type BadRequest, changeFirst, refusalCase } from '../bad-request.ts'
import { type Case, protocol } from '../case.ts'
import { hasJson, isInteger, isNumeric } from '../datatypes.ts'
import type { Draft } from '../infer-request.ts'
import { writeBody } from '../infer-request.ts'
import type { Answered } from '../subject.ts'
import { countElements, mayBeAnyRank, type Tensor, toJson } from '../tensor.ts'

const INPUT = protocol('Request Input')
const DATA = protocol('Tensor Data')
const COERCION = `${DATA}: a server may also coerce it`
const NO_JSON = 'no input has a datatype with a JSON form'
const NO_NUMBERS = 'no input has numbers that go as JSON'

const inJson = ({ datatype }: Tensor) => hasJson(datatype)
const hasElements = (tensor: Tensor) => inJson(tensor) && tensor.elements.length > 0
const hasNumbers = (tensor: Tensor) => isNumeric(tensor.datatype) && tensor.elements.length > 0

/** The first element of an input's data is another JSON value. */
function withElement(fits: (tensor: Tensor) => boolean, value: (tensor: Tensor) => unknown): BadRequest['make'] {
  return (subject, right) =>
    changeFirst(subject, right, (tensor) => ({ data: [value(tensor), ...toJson(tensor).slice(1)] }), fits)
}

function withShape(shape: (tensor: Tensor) => readonly unknown[]): BadRequest['make'] {
  const change = (tensor: Tensor) => ({ shape: shape(tensor) })
  return (subject, right) => changeFirst(subject, right, change, (tensor) => tensor.shape.length > 0)
}

/** Shapes and datatypes that do not fit. */
const HEADS: readonly BadRequest[] = [
  {
    id: 'errors/no-shape',
    title: 'an input without a shape',
    source: INPUT,
    make: (subject, right) => changeFirst(subject, right, () => ({ shape: undefined })),
  },
  {
    id: 'errors/no-datatype',
    title: 'an input without a datatype',
    source: INPUT,
    make: (subject, right) => changeFirst(subject, right, () => ({ datatype: undefined })),
  },
  {
    id: 'errors/unknown-datatype',
    title: 'a datatype that does not exist',
    source: protocol('Tensor Data Types'),
    make: (subject, right) => changeFirst(subject, right, () => ({ datatype: 'FP8' })),
  },
  {
    id: 'errors/wrong-datatype',
    title: "another datatype than the model's",
    source: INPUT,
    make: (subject, right) =>
      changeFirst(subject, right, ({ datatype }) => ({ datatype: datatype === 'FP32' ? 'INT32' : 'FP32' })),
  },
  {
    id: 'errors/rank',
    title: 'one dimension too many',
    source: INPUT,
    lacks: 'no input has a rank that is known',
    make: (subject, right) =>
      changeFirst(
        subject,
        right,
        ({ shape }) => ({ shape: [1, ...shape] }),
        (tensor) => hasRank(subject, tensor),
      ),
  },
  {
    id: 'errors/fixed-size',
    title: 'another size where the model has a fixed one',
    source: INPUT,
    lacks: 'no input in JSON has a fixed size',
    make: changeFixedSize,
  },
  {
    id: 'errors/negative-size',
    title: 'a negative size',
    source: INPUT,
    lacks: 'no input has a dimension',
    make: withShape(({ shape }) => shape.map(() => -1)),
  },
  {
    id: 'errors/fraction-size',
    title: 'a size of 1.5',
    source: INPUT,
    lacks: 'no input has a dimension',
    make: withShape(({ shape }) => shape.map(() => 1.5)),
  },
  {
    id: 'errors/many-dimensions',
    title: 'a shape of 1000 dimensions',
    source: INPUT,
    make: (subject, right) => changeFirst(subject, right, () => ({ shape: Array(1000).fill(1) })),
  },
  {
    id: 'errors/overflow',
    title: 'sizes whose product overflows 64 bits',
    source: INPUT,
    make: overflow,
  },
]

/** Data that do not fit the shape or the datatype. */
const CONTENTS: readonly BadRequest[] = [
  {
    id: 'errors/no-data',
    title: 'an input without data',
    source: INPUT,
    lacks: NO_JSON,
    make: (subject, right) => changeFirst(subject, right, () => ({ data: undefined }), inJson),
  },
  {
    id: 'errors/too-few',
    title: 'fewer elements than the shape has',
    source: DATA,
    lacks: NO_JSON,
    make: (subject, right) => changeFirst(subject, right, (tensor) => ({ data: toJson(tensor).slice(1) }), hasElements),
  },
  {
    id: 'errors/too-many',
    title: 'more elements than the shape has',
    source: DATA,
    lacks: NO_JSON,
    make: (subject, right) =>
      changeFirst(subject, right, (tensor) => ({ data: [...toJson(tensor), ...toJson(tensor)] }), hasElements),
  },
  {
    id: 'errors/data-no-list',
    title: 'data that are no array',
    source: DATA,
    lacks: NO_JSON,
    make: (subject, right) => changeFirst(subject, right, () => ({ data: {} }), inJson),
  },
  {
    id: 'errors/null',
    title: 'null as an element',
    level: 'recommended',
    source: COERCION,
    lacks: NO_JSON,
    make: withElement(hasElements, () => null),
  },
  {
    id: 'errors/object',
    title: 'an object as an element',
    source: DATA,
    lacks: NO_JSON,
    make: withElement(hasElements, () => ({})),
  },
  {
    id: 'errors/text-for-number',
    title: 'a word where numbers are expected',
    source: DATA,
    lacks: NO_NUMBERS,
    make: withElement(hasNumbers, () => 'many'),
  },
  {
    id: 'errors/number-for-text',
    title: 'a number where strings are expected',
    level: 'recommended',
    source: COERCION,
    lacks: 'no input has strings',
    make: withElement(
      ({ datatype, elements }) => datatype === 'BYTES' && elements.length > 0,
      () => 7,
    ),
  },
  {
    id: 'errors/fraction-for-integer',
    title: 'a fraction where integers are expected',
    level: 'recommended',
    source: COERCION,
    lacks: 'no input has integers',
    make: withElement(
      (tensor) => isInteger(tensor.datatype) && hasNumbers(tensor),
      () => 0.5,
    ),
  },
  {
    id: 'errors/out-of-range',
    title: 'a number beyond what the datatype holds',
    level: 'recommended',
    source: COERCION,
    lacks: NO_NUMBERS,
    make: withElement(
      (tensor) => hasNumbers(tensor) && tensor.datatype !== 'FP64',
      ({ datatype }) => (isInteger(datatype) ? 1e30 : 1e300),
    ),
  },
]

function hasRank({ model }: Answered, { name }: Tensor): boolean {
  const shape = model.inputs.find((input) => input.name === name)?.shape
  return shape !== undefined && !mayBeAnyRank(shape)
}

/** One more along the first fixed dimension, in the shape and in the data. */
function changeFixedSize(subject: Answered, right: Draft): Draft | undefined {
  const axisOf = ({ name }: Tensor) =>
    subject.model.inputs.find((input) => input.name === name)?.shape.findIndex((size) => size > 0) ?? -1
  return changeFirst(
    subject,
    right,
    (tensor) => {
      const shape = tensor.shape.map((size, axis) => (axis === axisOf(tensor) ? size + 1 : size))
      const data = toJson(tensor)
      return { shape, data: Array.from({ length: countElements(shape) }, (_, index) => data[index % data.length]) }
    },
    (tensor) => hasElements(tensor) && axisOf(tensor) >= 0,
  )
}

/** 16 x (2^60 + 2) is 32 where 64 bits wrap around, and 32 elements are there. JSON.stringify would round that size. */
function overflow(subject: Answered, right: Draft) {
  const placeholder = 77_777_777
  const wrong = changeFirst(subject, right, (tensor) => ({
    shape: [16, placeholder, ...tensor.shape.slice(2).map(() => 1)],
    data: Array(32).fill(toJson(tensor)[0] ?? 0),
    parameters: undefined,
  }))
  if (wrong === undefined) return undefined
  const json = JSON.stringify({ ...wrong.rest, inputs: wrong.inputs.map((input) => input.json) })
  const others = wrong.inputs.flatMap(({ json: { parameters }, bytes }) => (parameters && bytes ? bytes : []))
  return writeBody(json.replace(String(placeholder), '1152921504606846978'), others)
}

export const tensorErrors: readonly Case[] = [...HEADS, ...CONTENTS].map((bad) =>
  refusalCase({ ...bad, title: `Refused: ${bad.title}` }),
)
