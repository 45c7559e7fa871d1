import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { create as createMessage, toBinary } from '@bufbuild/protobuf'
import { generateExample } from '../../scripts/examples.ts'
import { startArguments } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { compile } from '../zoo/generate.ts'
import { makePhoto } from './photo.ts'

/** TensorProto.DataType.FLOAT */
const FLOAT = 1
const ROOT = join(import.meta.dirname, '../..')

/** Makes the repository's packages those of everything below the folder. */
export async function linkPackages(folder: string): Promise<void> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir')
}

/** The flags of node with which a server is started; what it is compared with in process gets the same. */
export function startFlags(target: string): readonly string[] {
  return startArguments(target).slice(0, -1)
}

/** The iris example's server, generated from the template as it is now, and built. Gives its folder. */
export async function buildIris(folder: string): Promise<string> {
  const target = await generateExample({ example: 'iris', set: [] }, folder)
  await compile(target)
  return target
}

/** A server whose model classifies images of 224 x 224 and takes photos; its sample is models/photo.jpg. `more`: of vars.yaml. */
export async function buildClassifier(folder: string, model: string, more = ''): Promise<string> {
  await writeFile(join(folder, 'photo.jpg'), await makePhoto(640, 480))
  return buildFromVars(
    folder,
    model,
    `name: classifier
model_file_name: ${basename(model)}
data_sample: photo.jpg
task: classification
preprocess: {kind: image, preset: imagenet}
predict: {activation: softmax}
${more}
`,
  )
}

/** A server of y = x with gRPC: all of its time is the protocol's. */
export async function buildIdentity(folder: string, shape: readonly number[]): Promise<string> {
  const dim = shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }))
  const type = { value: { case: 'tensorType' as const, value: { elemType: FLOAT, shape: { dim } } } }
  const model = createMessage(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'identity',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  })
  await writeFile(join(folder, 'identity.onnx'), toBinary(ModelProtoSchema, model))
  const { project } = await create({ cwd: folder, model: 'identity.onnx', name: 'identity', set: ['options.grpc={}'] })
  await compile(project.inputs.target)
  return project.inputs.target
}

/** A server whose model takes a long time for this row of numbers. */
export async function buildSlow(folder: string, model: string, row: readonly number[]): Promise<string> {
  const vars = `name: slow\nmodel_file_name: ${basename(model)}\ndata_sample: ${JSON.stringify([row])}\n`
  return buildFromVars(folder, model, vars)
}

/** A server of this model with these vars. Gives its folder. */
export async function buildFromVars(folder: string, model: string, vars: string): Promise<string> {
  await copyFile(model, join(folder, basename(model)))
  await writeFile(join(folder, 'vars.yaml'), vars)
  const { project } = await create({ cwd: folder, variableFile: 'vars.yaml' })
  const { target } = project.inputs
  await compile(target)
  return target
}
