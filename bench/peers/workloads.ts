import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { contract } from '../../examples/iris/server/src/contract.ts'
import { buildClassifier, buildFromVars, buildIris } from '../serving/generated.ts'
import { makeModels } from '../serving/models.ts'
import { makePhoto } from '../serving/photo.ts'
import type { Input, Task } from './peer.ts'

const CACHE = join(import.meta.dirname, '.cache')
const SIDE = 224

/** A model, and how much of it is asked at once. */
export interface Workload {
  readonly id: 'iris' | 'mlp' | 'cnn'
  readonly title: string
  readonly about: string
  /** At which is measured, ascending; the goals and the plot are for the most. */
  readonly connections: readonly number[]
  /** Our requests/s as a multiple of a peer's. */
  goal(peer: string): number | undefined
  build(folder: string): Promise<Built>
}

export interface Built {
  /** The generated server's folder. */
  readonly target: string
  readonly task: Task
  readonly input: Input
}

const iris: Workload = {
  id: 'iris',
  title: 'a tiny model (iris)',
  about: 'One row of 4 numbers, probabilities of 3 classes.',
  connections: [1, 64],
  goal: (peer) => (peer.startsWith('fastapi') ? 6 : 10),
  async build(folder) {
    const target = await buildIris(folder)
    const model = join(target, 'models', contract.model.file)
    const [row] = z.tuple([z.array(z.number())]).parse(contract.sample.data)
    return {
      target,
      task: { kind: 'row', model, output: 'probabilities' },
      input: { kind: 'row', row },
    }
  },
}

const mlp: Workload = {
  id: 'mlp',
  title: 'a small multilayer perceptron',
  about: 'One row of 64 numbers, two hidden layers of 256, probabilities of 10 classes.',
  connections: [64],
  goal: () => undefined,
  async build(folder) {
    const model = join(CACHE, 'mlp.onnx')
    await mkdir(CACHE, { recursive: true })
    await makeMlp(model)
    const row = Array.from({ length: 64 }, (_, i) => Math.round(Math.sin(i) * 1000) / 1000)
    const vars = `name: mlp\nmodel_file_name: mlp.onnx\ndata_sample: ${JSON.stringify([row])}\ntask: classification\n`
    const target = await buildFromVars(folder, model, vars)
    return { target, task: { kind: 'row', model, output: 'probabilities' }, input: { kind: 'row', row } }
  },
}

const cnn: Workload = {
  id: 'cnn',
  title: 'photos for a mid-size CNN (MobileNetV2)',
  about: `A JPEG of ${SIDE}x${SIDE}, decoded, resized to 256 and cropped to 224 by Pillow and numpy or by our server, softmax of 1,000 classes. Random weights.`,
  connections: [4],
  goal: () => 1,
  async build(folder) {
    const { mobilenet: model } = await makeModels()
    const target = await buildClassifier(folder, model)
    const file = await makePhoto(SIDE, SIDE)
    return { target, task: { kind: 'image', model, output: 'logits' }, input: { kind: 'image', file } }
  },
}

export const workloads: readonly Workload[] = [iris, mlp, cnn]

async function makeMlp(file: string): Promise<void> {
  const script = join(import.meta.dirname, 'make_mlp.py')
  const [wanted, made] = await Promise.all([stat(script), stat(file).catch(() => undefined)])
  if (made === undefined || made.mtimeMs < wanted.mtimeMs) await execa`python3 ${script} ${file}`
}
