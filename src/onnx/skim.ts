import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { create, fromBinary, ScalarType } from '@bufbuild/protobuf'
import type { FileWindow } from './file-window.ts'
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  TensorProtoSchema,
} from './onnx_pb.ts'
import { Outline } from './outline.ts'
import { type Field, LENGTH_DELIMITED, readFields, type Span, WireError } from './wire.ts'

/** Messages up to this size are kept whole, payload included: small constants stay readable. */
const KEEP_BYTES = 1024
const MAX_DEPTH = 100

/** A model without the values of its large tensors, and where the parts of its graph are in the file. */
export interface Skimmed {
  readonly model: ModelProto
  /** The model's main graph. */
  readonly graph: GraphProto
  readonly graphSpan: Span
  /** In the order of `model.graph`. */
  readonly nodes: readonly Span[]
  readonly outputs: readonly Span[]
  readonly valueInfos: readonly Span[]
}

/**
 * Reads a model of any size in bounded memory and time: walks the wire format guided by the schema, steps over the
 * values of large tensors and attributes, and decodes what is left. Throws WireError when the bytes are no message,
 * end too early, or hold no graph.
 */
export function skimModel(file: FileWindow): Skimmed {
  const outline = new Outline()
  let graph: { span: Span; parts: readonly Field[] } | undefined
  for (const field of readFields(file, 0, file.size)) {
    if (!isGraph(field)) keepField(file, ModelProtoSchema, field, outline, 1)
    else if (graph) throw new WireError('the model holds two graphs', { cut: false })
    else graph = { span: field, parts: keepGraph(file, field, outline) }
  }
  if (!graph) throw new WireError('the model holds no graph', { cut: true })
  const { span, parts } = graph
  const model = decode(outline.read(file))
  const spans = (number: number) => parts.filter((part) => part.number === number)
  const places = { graphSpan: span, nodes: spans(1), outputs: spans(12), valueInfos: spans(13) }
  return { model, graph: model.graph ?? create(GraphProtoSchema), ...places }
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    throw new WireError(cause instanceof Error ? cause.message : String(cause), { cut: false })
  }
}

function isGraph(field: Field): boolean {
  return field.number === ModelProtoSchema.field.graph.number && field.wireType === LENGTH_DELIMITED
}

/** Unlike other messages the main graph is always walked: edits need the place of each of its parts. */
function keepGraph(file: FileWindow, graph: Field, outline: Outline): readonly Field[] {
  const parts: Field[] = []
  const inner = new Outline()
  for (const field of readFields(file, graph.payload, graph.end)) {
    if (field.wireType === LENGTH_DELIMITED) parts.push(field)
    keepField(file, GraphProtoSchema, field, inner, 2)
  }
  outline.nest(graph.number, inner)
  return parts
}

function keepField(file: FileWindow, message: DescMessage, field: Field, outline: Outline, depth: number): void {
  const known = fieldsOf(message).get(field.number)
  if (!known || isPayload(message, known, field)) return
  const size = field.end - field.payload
  if (!known.message || field.wireType !== LENGTH_DELIMITED || size <= KEEP_BYTES) outline.keep(field.start, field.end)
  else outline.nest(field.number, keepMessage(file, known.message, field, depth + 1))
}

function keepMessage(file: FileWindow, message: DescMessage, span: Span, depth: number): Outline {
  if (depth > MAX_DEPTH) throw new WireError(`messages nest deeper than ${MAX_DEPTH} levels`, { cut: false })
  const outline = new Outline()
  let name: string | undefined
  for (const field of readFields(file, span.payload, span.end)) {
    if (message === AttributeProtoSchema) {
      if (field.number === AttributeProtoSchema.field.name.number) name = readText(file, field)
      // Such a list may have millions of entries, each a field: nothing else that we read follows it.
      if (isList(field) && name !== undefined && !name.startsWith('classlabels_')) break
    }
    keepField(file, message, field, outline, depth)
  }
  return outline
}

const { floats, ints, strings } = AttributeProtoSchema.field
const isList = (field: Field) => [floats.number, ints.number, strings.number].includes(field.number)

const { floatData, int32Data, int64Data, rawData, doubleData, uint64Data } = TensorProtoSchema.field
const TENSOR_PAYLOAD = new Set([floatData, int32Data, int64Data, rawData, doubleData, uint64Data].map((f) => f.number))

function isPayload(message: DescMessage, known: DescField, field: Field): boolean {
  if (message === TensorProtoSchema) return TENSOR_PAYLOAD.has(known.number)
  return known.scalar === ScalarType.BYTES && known.fieldKind === 'scalar' && field.end - field.payload > KEEP_BYTES
}

const fieldMaps = new Map<DescMessage, Map<number, DescField>>()

function fieldsOf(message: DescMessage): Map<number, DescField> {
  let fields = fieldMaps.get(message)
  if (!fields) {
    fields = new Map(message.fields.map((field) => [field.number, field]))
    fieldMaps.set(message, fields)
  }
  return fields
}

function readText(file: FileWindow, span: Span): string {
  const bytes = new Uint8Array(Math.min(span.end - span.payload, KEEP_BYTES))
  file.copy(span.payload, span.payload + bytes.length, bytes, 0)
  return new TextDecoder().decode(bytes)
}
