import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { Port, SweepCase } from './cases.ts'
import { readTensorFile, toNested } from './tensor-file.ts'

/** A case's inputs by name. An optional input at the end may have no file. */
export function readInputs({ folder, inputs }: SweepCase): Record<string, Tensor> {
  return readAll(folder, 'input', inputs)
}

/** What the outputs must be, as nested arrays by name. */
export function readExpected({ folder, outputs }: SweepCase): Record<string, Json> {
  const tensors = readAll(folder, 'output', outputs)
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toNested(tensor)]))
}

function readAll(folder: string, direction: 'input' | 'output', ports: readonly Port[]): Record<string, Tensor> {
  const files = ports.map(({ name }, index) => ({
    name,
    path: join(folder, 'test_data_set_0', `${direction}_${index}.pb`),
  }))
  return Object.fromEntries(
    files.filter(({ path }) => existsSync(path)).map(({ name, path }) => [name, readTensorFile(path)]),
  )
}
