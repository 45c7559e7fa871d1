import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { elementTypeName } from '../../src/onnx/element-types.ts'
import { type GraphProto, ModelProtoSchema, type ValueInfoProto } from '../../src/onnx/onnx_pb.ts'

/** Where Debian's libonnx-testdata keeps the ONNX project's backend tests: a folder of folders for each kind. */
export const TEST_DATA = '/usr/share/libonnx-testdata/data'
const KINDS = ['node', 'pytorch-converted', 'pytorch-operator', 'simple']

const portSchema = z.object({
  name: z.string(),
  /** The element type of a tensor in ONNX's words, else `sequence`, `optional`, ... */
  type: z.string(),
  rank: z.number().nullable(),
})

/** One test model with the data that comes with it. */
export const caseSchema = z.object({
  /** `node/test_abs` */
  id: z.string(),
  folder: z.string(),
  /** Inputs without initialisers, and outputs, in the order of `input_0.pb`, `output_0.pb`. */
  inputs: z.array(portSchema).readonly(),
  outputs: z.array(portSchema).readonly(),
  /** Operators of the main graph, each once. */
  ops: z.array(z.string()).readonly(),
})

export type SweepCase = Readonly<z.infer<typeof caseSchema>>
export type Port = Readonly<z.infer<typeof portSchema>>

/** All test models of the package, by name. Empty when it is not installed. */
export function listCases(): SweepCase[] {
  return KINDS.flatMap((kind) => listModels(kind).map((name) => readCase(`${kind}/${name}`)))
}

function listModels(kind: string): string[] {
  try {
    return readdirSync(join(TEST_DATA, kind)).sort()
  } catch {
    return [] // not installed
  }
}

function readCase(id: string): SweepCase {
  const folder = join(TEST_DATA, id)
  const { graph } = fromBinary(ModelProtoSchema, readFileSync(join(folder, 'model.onnx')))
  if (!graph) throw new Error(`${id} holds no graph`)
  return {
    id,
    folder,
    inputs: givenInputs(graph).map(describe),
    outputs: graph.output.map(describe),
    ops: [...new Set(graph.node.map((node) => node.opType))],
  }
}

function givenInputs({ input, initializer }: GraphProto): ValueInfoProto[] {
  const initialised = new Set(initializer.map((tensor) => tensor.name))
  return input.filter((port) => !initialised.has(port.name))
}

function describe({ name, type }: ValueInfoProto): Port {
  const value = type?.value
  if (value?.case !== 'tensorType') return { name, type: value?.case?.replace(/Type$/, '') ?? 'undefined', rank: null }
  const { elemType, shape } = value.value
  return { name, type: elementTypeName(elemType), rank: shape?.dim.length ?? null }
}

/**
 * A deterministic choice of `size` cases, spread over what makes them differ: kind, element types, how many inputs and
 * outputs, scalars. Each round takes one of every group; within a group the order is a hash's, not the alphabet's.
 */
export function sampleCases(cases: readonly SweepCase[], size: number): SweepCase[] {
  const groups = new Map<string, SweepCase[]>()
  for (const one of byHash(cases)) groups.set(groupOf(one), [...(groups.get(groupOf(one)) ?? []), one])
  const rounds = [...groups.values()].flatMap((group, order) => group.map((one, round) => ({ one, round, order })))
  return rounds
    .sort((a, b) => a.round - b.round || a.order - b.order)
    .slice(0, size)
    .map(({ one }) => one)
}

function byHash(cases: readonly SweepCase[]): SweepCase[] {
  const keyed = cases.map((one) => ({ one, key: createHash('sha256').update(one.id).digest('hex') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one)
}

function groupOf({ id, inputs, outputs }: SweepCase): string {
  const [kind] = id.split('/')
  const types = [...new Set([...inputs, ...outputs].map((port) => port.type))].sort()
  const few = (ports: readonly Port[]) => Math.min(ports.length, 2)
  const scalar = inputs.some((port) => port.rank === 0)
  return [kind, few(inputs), few(outputs), scalar, ...types].join()
}
