import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { afterAll } from 'vitest'
import type { Segment } from '../../src/onnx/facts.ts'
import {
  AttributeProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
} from '../../src/onnx/onnx_pb.ts'
import { readSegments } from '../../src/onnx/segments.ts'

export const FIXTURES = fileURLToPath(new URL('../fixtures/models/', import.meta.url))

/** The path of a fixture by its name without `.onnx`. */
export const fixture = (name: string) => join(FIXTURES, `${name}.onnx`)

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** A folder of its own, removed after the test file. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'))
  folders.push(folder)
  return folder
}

export async function writeBytes(bytes: Uint8Array | string, name = 'model.onnx'): Promise<string> {
  const path = join(await makeFolder(), name)
  await writeFile(path, bytes)
  return path
}

type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, { $typeName: string }>
type NodeInit = Exclude<MessageInitShape<typeof NodeProtoSchema>, { $typeName: string }>

/** A model of the given graph, which needs no weights; `x` (rows, 2) is its input and every name in `outputs` a float (rows, 2). */
export function encodeModel(
  graph: Omit<GraphInit, 'output'>,
  outputs: readonly string[],
  producerName = '',
): Uint8Array {
  const port = (name: string) => ({ name, type: { value: { case: 'tensorType' as const, value: FLOAT_ROWS } } })
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName,
    graph: { name: 'graph', input: [port('x')], output: outputs.map(port), ...graph },
    opsetImport: [
      { domain: '', version: 17n },
      { domain: 'ai.onnx.ml', version: 3n },
    ],
  })
  return toBinary(ModelProtoSchema, model)
}

const FLOAT_ROWS = {
  elemType: 1,
  shape: {
    dim: [{ value: { case: 'dimParam' as const, value: 'rows' } }, { value: { case: 'dimValue' as const, value: 2n } }],
  },
}

export function node(opType: string, input: string[], output: string[], more: NodeInit = {}): NodeInit {
  return { opType, input, output, ...more }
}

/** A classifier node with two integer labels, of ai.onnx.ml. */
export function classifier(input: string, name: string, labels: readonly bigint[] = [0n, 1n]): NodeInit {
  const attribute = [create(AttributeProtoSchema, { name: 'classlabels_ints', ints: [...labels] })]
  return node('LinearClassifier', [input], [`${name}_label`, name], { domain: 'ai.onnx.ml', attribute })
}

export async function readAll(content: readonly Segment[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of readSegments(content)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
