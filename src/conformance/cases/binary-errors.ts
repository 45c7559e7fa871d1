import { type BadRequest, refusalCase, type Written } from '../bad-request.ts'
import { BINARY_SOURCE, binaryCase, type Case, type Level } from '../case.ts'
import { changeInput, type Draft, HEADER_LENGTH, writeDraft } from '../infer-request.ts'
import { type Answered, draft } from '../subject.ts'
import { toJson } from '../tensor.ts'

/** All inputs as binary; undefined when there is none. */
function inBinary(subject: Answered): Draft | undefined {
  return subject.tensors.length > 0 ? draft(subject, { binary: () => true }) : undefined
}

function withHeader(length: (json: number, body: number) => string): BadRequest['make'] {
  return (subject) => {
    const right = inBinary(subject)
    return right && withLength(writeDraft(right), length)
  }
}

function withLength(message: Written, length: (json: number, body: number) => string): Written {
  const json = Number(message.headers?.[HEADER_LENGTH])
  return { ...message, headers: { ...message.headers, [HEADER_LENGTH]: length(json, message.body.length) } }
}

/** The first input with another size than its bytes have. */
function withSize(size: (bytes: number) => unknown): BadRequest['make'] {
  return (subject) => {
    const right = inBinary(subject)
    const bytes = right?.inputs[0]?.bytes?.length ?? 0
    return right && changeInput(right, 0, { parameters: { binary_data_size: size(bytes) } })
  }
}

/** The first tensor with more or fewer bytes, and a size that says so. */
function withBytes(change: (bytes: Buffer) => Buffer): BadRequest['make'] {
  return (subject) => {
    const right = inBinary(subject)
    const [first, ...others] = right?.inputs ?? []
    if (!right || !first?.bytes) return undefined
    const bytes = change(first.bytes)
    const json = { ...first.json, parameters: { binary_data_size: bytes.length } }
    return { ...right, inputs: [{ json, bytes }, ...others] }
  }
}

const REFUSED: readonly (Pick<BadRequest, 'title' | 'make' | 'lacks'> & {
  readonly name: string
  readonly level?: Level
})[] = [
  {
    name: 'header-beyond',
    title: 'a header length beyond the body',
    make: withHeader((_json, body) => String(body + 1)),
  },
  { name: 'header-negative', title: 'a header length below zero', make: withHeader(() => '-1') },
  { name: 'header-word', title: 'a header length that is no number', make: withHeader(() => 'many') },
  { name: 'header-within', title: 'a header length within the JSON', make: withHeader((json) => String(json - 1)) },
  { name: 'size-short', title: 'a byte more than binary_data_size say', make: withSize((bytes) => bytes - 1) },
  { name: 'size-beyond', title: 'a binary_data_size beyond the body', make: withSize((bytes) => bytes + 1) },
  { name: 'size-huge', title: 'a binary_data_size of 2^62', make: withSize(() => 2 ** 62) },
  { name: 'size-negative', title: 'a binary_data_size below zero', make: withSize(() => -1) },
  { name: 'size-word', title: 'a binary_data_size that is no number', make: withSize(() => 'many') },
  {
    name: 'more-bytes',
    title: 'more bytes than the shape has',
    make: withBytes((bytes) => Buffer.concat([bytes, bytes, Buffer.alloc(8)])),
  },
  {
    name: 'half-element',
    title: 'half of an element too much',
    make: withBytes((b) => Buffer.concat([b, Buffer.alloc(1)])),
  },
  {
    name: 'string-length',
    title: 'a string longer than its bytes',
    lacks: 'the first input has no strings',
    make: (subject, right) =>
      subject.tensors[0]?.datatype === 'BYTES'
        ? withBytes((bytes) => Buffer.concat([Buffer.from('ffffff7f', 'hex'), bytes.subarray(4)]))(subject, right)
        : undefined,
  },
  {
    name: 'data-too',
    title: 'an input with data and bytes',
    level: 'recommended',
    make: (subject) => {
      const right = inBinary(subject)
      const [tensor] = subject.tensors
      return right && tensor && changeInput(right, 0, { data: toJson(tensor) })
    },
  },
  {
    name: 'flag-word',
    title: 'binary_data_output that is no boolean',
    level: 'recommended',
    make: (_subject, right) => ({ ...right, rest: { ...right.rest, parameters: { binary_data_output: 'yes' } } }),
  },
]

export const binaryErrors: readonly Case[] = REFUSED.map(({ name, title, level = 'extension', ...rest }) =>
  refusalCase(
    { ...rest, level, id: `binary-errors/${name}`, title: `Refused: ${title}`, source: BINARY_SOURCE },
    binaryCase,
  ),
)
