import { create } from '@bufbuild/protobuf'
import { type TensorProto, type ValueInfoProto, ValueInfoProtoSchema } from '../onnx_pb.ts'

/** An initialiser as the input that it has to be before IR version 4. */
export function declareInput({ name, dataType, dims }: TensorProto): ValueInfoProto {
  const dim = dims.map((size) => ({ value: { case: 'dimValue' as const, value: size } }))
  const value = { elemType: dataType, shape: { dim } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } })
}
