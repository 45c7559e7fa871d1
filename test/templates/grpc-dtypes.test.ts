import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'
import { binaryInputs, jsonInputs, serve, viaHttp, viaRaw, viaTyped } from './doors.ts'
import { anyBits, NAMES, replaced } from './tensor-bits.ts'

const RUNS = { numRuns: 40 }
const finite = (value: number) => (Number.isFinite(value) ? value + 0 : 0)

describe('a model that answers tensors of all dtypes as they came', async () => {
  const doors = await serve(join(MODELS, 'all_dtypes.onnx'))
  const names = Object.keys(NAMES)

  test('gives the same bits over gRPC and as binary over HTTP, whatever they are', async () => {
    const property = fc.asyncProperty(anyBits(names), async (bits) => {
      expect(await viaRaw(doors, bits)).toEqual(bits)
      expect(await viaHttp(doors, binaryInputs(bits))).toEqual(bits)
    })
    await fc.assert(property, RUNS)
  })

  test('gives the same bits for JSON, of what JSON can carry', async () => {
    const property = fc.asyncProperty(anyBits(names), async (any) => {
      const bits = replaced(any, finite)
      expect(await viaHttp(doors, jsonInputs(bits))).toEqual(bits)
      expect(await viaRaw(doors, bits)).toEqual(bits)
    })
    await fc.assert(property, RUNS)
  })

  test('answers many at once, of both doors, each with its own id and values', async () => {
    const samples = fc.sample(anyBits(names), 64)
    const answers = samples.map((bits, index) =>
      index % 2 === 0 ? viaRaw(doors, bits, `call ${index}`) : viaHttp(doors, binaryInputs(bits), `request ${index}`),
    )
    expect(await Promise.all(answers)).toEqual(samples)
  })
})

describe('a model of all dtypes but float16, which typed contents do not have', async () => {
  const names = Object.keys(NAMES).filter((name) => name !== 'float16')
  const file = join(makeSharedFolder({ 'model.onnx': withoutHalf() }), 'model.onnx')
  const doors = await serve(file)

  test('gives the same bits for typed and raw contents', async () => {
    const property = fc.asyncProperty(anyBits(names), async (any) => {
      // A number of JavaScript is one NaN of many.
      const bits = replaced(any, (value) => value)
      expect(await viaTyped(doors, bits)).toEqual(bits)
      expect(await viaRaw(doors, bits)).toEqual(bits)
    })
    await fc.assert(property, RUNS)
  })
})

/** The model of all dtypes, less one. */
function withoutHalf(): Uint8Array {
  const model = fromBinary(ModelProtoSchema, readFileSync(join(MODELS, 'all_dtypes.onnx')))
  const { graph } = model
  if (graph === undefined) throw new Error('no graph')
  const keep = (name: string | undefined) => !name?.startsWith('float16')
  graph.input = graph.input.filter(({ name }) => keep(name))
  graph.output = graph.output.filter(({ name }) => keep(name))
  graph.node = graph.node.filter(({ input }) => input.every(keep))
  return toBinary(ModelProtoSchema, model)
}
