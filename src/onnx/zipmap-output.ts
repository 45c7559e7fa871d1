import { create } from '@bufbuild/protobuf'
import { classLabelsOf } from './class-labels.ts'
import { FLOAT32 } from './element-types.ts'
import {
  type GraphProto,
  type NodeProto,
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'

/**
 * The output that takes a ZipMap's place: the tensor as the graph declares it, else float32 (the one type that ZipMap
 * takes) of the shape (leading dim of the model's first input, number of class labels).
 */
export function tensorOutput(graph: GraphProto, zipMap: { tensor: string; node: NodeProto }): ValueInfoProto {
  const { tensor: name, node } = zipMap
  const declared = graph.valueInfo.find((value) => value.name === name)?.type
  if (declared?.value.case === 'tensorType' && declared.value.value.shape) {
    return create(ValueInfoProtoSchema, { name, type: declared })
  }
  const tensor = { elemType: FLOAT32, shape: { dim: [leadingDim(graph), classesDim(node)] } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensor } } })
}

function leadingDim(graph: GraphProto): TensorShapeProto_Dimension {
  const type = graph.input[0]?.type
  const leading = type?.value.case === 'tensorType' ? type.value.value.shape?.dim[0] : undefined
  return leading ?? create(TensorShapeProto_DimensionSchema)
}

function classesDim(node: NodeProto): TensorShapeProto_Dimension {
  const classes = classLabelsOf(node)?.length
  if (classes === undefined) return create(TensorShapeProto_DimensionSchema)
  return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(classes) } })
}
