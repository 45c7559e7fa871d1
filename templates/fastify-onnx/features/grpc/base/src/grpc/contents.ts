import { isUtf8 } from 'node:buffer'
import { create } from '@bufbuild/protobuf'
import { CODECS, Refusal, sizeOf } from '../transforms/elements.ts'
import { extendPointer, InvalidInput } from '../transforms/errors.ts'
import type { Dtype, Tensor, TensorSpec } from '../transforms/types.ts'
import { type InferTensorContents, InferTensorContentsSchema } from './open_inference_pb.ts'

/** Tensors in the fields of the protocol's types. Every value goes through exactly; float16 has no field. */

type Field = Exclude<keyof InferTensorContents, `$${string}`>
type Contents = { [F in Field]?: InferTensorContents[F] }
type Shape = readonly number[]

interface Form {
  readonly field: Field
  /** Throws Refusal. */
  read(contents: InferTensorContents, shape: Shape): Tensor
  write(tensor: Tensor): Contents
}

const FORMS: { readonly [D in Dtype]: Form | undefined } = {
  bool: {
    field: 'boolContents',
    read: ({ boolContents }, shape) => CODECS.bool.decode(shape, (put) => boolContents.forEach(put)),
    write: ({ data }) => ({ boolContents: each(data, (value) => value === 1) }),
  },
  int8: signed('int8'),
  int16: signed('int16'),
  int32: signed('int32'),
  uint8: unsigned('uint8'),
  uint16: unsigned('uint16'),
  uint32: unsigned('uint32'),
  int64: {
    field: 'int64Contents',
    read: ({ int64Contents }, shape) => ({ dtype: 'int64', shape, data: BigInt64Array.from(int64Contents) }),
    write: ({ data }) => ({ int64Contents: each(data, BigInt) }),
  },
  uint64: {
    field: 'uint64Contents',
    read: ({ uint64Contents }, shape) => ({ dtype: 'uint64', shape, data: BigUint64Array.from(uint64Contents) }),
    write: ({ data }) => ({ uint64Contents: each(data, BigInt) }),
  },
  float32: {
    field: 'fp32Contents',
    read: ({ fp32Contents }, shape) => ({ dtype: 'float32', shape, data: Float32Array.from(fp32Contents) }),
    write: ({ data }) => ({ fp32Contents: each(data, Number) }),
  },
  float64: {
    field: 'fp64Contents',
    read: ({ fp64Contents }, shape) => ({ dtype: 'float64', shape, data: Float64Array.from(fp64Contents) }),
    write: ({ data }) => ({ fp64Contents: each(data, Number) }),
  },
  float16: undefined,
  string: {
    field: 'bytesContents',
    read: ({ bytesContents }, shape) =>
      CODECS.string.decode(shape, (put) => {
        for (const bytes of bytesContents) put(readText(bytes))
      }),
    write: ({ data }) => ({ bytesContents: each(data, (text) => Buffer.from(String(text))) }),
  },
}

function each<To>(data: ArrayLike<number | bigint | string>, convert: (element: number | bigint | string) => To): To[] {
  return Array.from(data, (element) => convert(element))
}

function signed(dtype: 'int8' | 'int16' | 'int32'): Form {
  return {
    field: 'intContents',
    read: ({ intContents }, shape) => CODECS[dtype].decode(shape, (put) => intContents.forEach(put)),
    write: ({ data }) => ({ intContents: each(data, Number) }),
  }
}

function unsigned(dtype: 'uint8' | 'uint16' | 'uint32'): Form {
  return {
    field: 'uintContents',
    read: ({ uintContents }, shape) => CODECS[dtype].decode(shape, (put) => uintContents.forEach(put)),
    write: ({ data }) => ({ uintContents: each(data, Number) }),
  }
}

function readText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new Refusal('not valid UTF-8')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

export interface Place {
  readonly spec: TensorSpec
  readonly shape: Shape
  readonly pointer: string
}

const NOTHING = create(InferTensorContentsSchema)
const FIELDS = Object.values(FORMS).flatMap((form) => form?.field ?? [])

/** The elements as a tensor of `shape`, which fits `spec`. Throws InvalidInput unless they are there, and nothing else is. */
export function readContents(contents: InferTensorContents = NOTHING, { spec, shape, pointer }: Place): Tensor {
  const form = FORMS[spec.dtype]
  const fail = (detail: string, at = pointer) => new InvalidInput({ pointer: at, detail })
  if (form === undefined) throw fail(`FP16 is sent in raw_input_contents only: "${spec.name}" cannot have contents`)
  const other = FIELDS.find((field) => field !== form.field && contents[field].length > 0)
  if (other) throw fail(`the elements of "${spec.name}" are ${snake(form.field)}, not ${snake(other)}`)
  const [count, given] = [sizeOf(shape), contents[form.field].length]
  if (count !== given) throw fail(`[${shape.join(', ')}] is ${count} elements of ${snake(form.field)}, got ${given}`)
  try {
    return form.read(contents, shape)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw fail(error.message, extendPointer(pointer, snake(form.field), error.index))
  }
}

/** Throws for float16. */
export function writeContents(tensor: Tensor): Contents {
  const form = FORMS[tensor.dtype]
  if (form === undefined) throw new Error('float16 goes raw')
  return form.write(tensor)
}

/** As the protocol's own file writes it. */
function snake(field: string): string {
  return field.replace('Contents', '_contents')
}
