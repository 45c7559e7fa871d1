import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { CreateError } from '../../errors.ts'
import { externalRange, externalTensors, findExternalData } from '../external-data.ts'
import { type ModelProto, ModelProtoSchema, type TensorProto } from '../onnx_pb.ts'
import { openModel } from '../open-model.ts'

/** Where protobuf ends, and so an ONNX model in one file. */
const MOST_BYTES = 2 ** 31 - 1

/**
 * The bytes of a model with the values of its external data read in: one file that needs no other.
 * Throws CreateError as `readModel` does for a model that is not there or not whole, and `invalid` for one that is larger
 * than one file can be (2 GiB, or `mostBytes`).
 */
export function readWholeModel(path: string, { mostBytes = MOST_BYTES } = {}): Uint8Array {
  const { skimmed, size } = openModel(path)
  findExternalData(path, skimmed.model) // throws for files that are missing or outside
  const external = [...externalTensors(skimmed.model)]
  const bytes = external.reduce((sum, tensor) => sum + externalRange(tensor).length, size)
  if (bytes > mostBytes) throw tooLarge(path, bytes, mostBytes)
  const file = readFileSync(path)
  return external.length === 0 ? file : readIn(fromBinary(ModelProtoSchema, file), dirname(path))
}

function readIn(model: ModelProto, folder: string): Uint8Array {
  for (const tensor of externalTensors(model)) {
    tensor.rawData = readRange(tensor, folder)
    tensor.externalData = []
    tensor.dataLocation = 0
  }
  return toBinary(ModelProtoSchema, model)
}

function readRange(tensor: TensorProto, folder: string): Uint8Array {
  const { location, offset, length } = externalRange(tensor)
  const fd = openSync(join(folder, location), 'r')
  try {
    const values = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      const read = readSync(fd, values, at, length - at, offset + at)
      if (read === 0) throw new Error(`${location} became shorter while it was read`)
      at += read
    }
    return values
  } finally {
    closeSync(fd)
  }
}

function tooLarge(path: string, bytes: number, mostBytes: number): CreateError {
  return new CreateError('invalid', `${path} and its weights are too large to be made smaller here.`, {
    hint: 'Use it as fp32, or convert it where it was trained.',
    issues: [{ file: path, message: `${bytes} bytes with its external data; one ONNX file ends at ${mostBytes}` }],
  })
}
