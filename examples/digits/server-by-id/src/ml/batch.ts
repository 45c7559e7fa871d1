import { concatRows, sliceRows, viewRows } from '../transforms/rows.ts'
import type { Tensor, Tensors } from '../transforms/types.ts'
import { ModelError } from './errors.ts'
import type { Job } from './job.ts'

/** Whether two requests can share a run: the same outputs are wanted, and the tensors differ in nothing but their rows. */
export function areCompatible(a: Job, b: Job): boolean {
  return sameNames(a.outputs, b.outputs) && sameRowShapes(a.tensors, b.tensors)
}

/** The tensors of all jobs as one run, in their order. */
export function joinJobs(jobs: readonly [Job, ...Job[]]): Tensors {
  const [first, ...others] = jobs
  if (others.length === 0) return first.tensors
  return mapTensors(first.tensors, (tensor, name) =>
    concatRows([tensor, ...others.map((job) => tensorOf(job.tensors, name))]),
  )
}

/** Each job's rows of the outputs, in their order. Throws ModelError when the model gave another number of rows. */
export function splitOutputs(outputs: Tensors, jobs: readonly Job[]): readonly Tensors[] {
  const rows = jobs.reduce((sum, job) => sum + job.rows, 0)
  for (const [name, { shape }] of Object.entries(outputs)) {
    if (shape[0] !== rows) throw new ModelError(`"${name}" has the shape [${shape.join(', ')}] for ${rows} rows`)
  }
  let start = 0
  return jobs.map((job) => {
    const from = start
    start += job.rows
    return mapTensors(outputs, (tensor) => viewRows(tensor, from, start))
  })
}

/** Rows start to end of every tensor, copied. */
export function sliceTensors(tensors: Tensors, start: number, end: number): Tensors {
  return mapTensors(tensors, (tensor) => sliceRows(tensor, start, end))
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, index) => name === b[index]))
}

function sameRowShapes(a: Tensors, b: Tensors): boolean {
  for (const name in a) {
    const left = a[name]
    const right = b[name]
    if (left === undefined || right === undefined || left.dtype !== right.dtype) return false
    if (left.shape.length !== right.shape.length) return false
    for (let axis = 1; axis < left.shape.length; axis += 1) {
      if (left.shape[axis] !== right.shape[axis]) return false
    }
  }
  return true
}

function tensorOf(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name]
  if (tensor === undefined) throw new Error(`a job without "${name}" in this batch`)
  return tensor
}

/** Each tensor changed, by its name. A loop, not Object.fromEntries: this runs for every request. */
export function mapTensors(tensors: Tensors, change: (tensor: Tensor, name: string) => Tensor): Tensors {
  const changed: Record<string, Tensor> = {}
  for (const name in tensors) changed[name] = change(tensorOf(tensors, name), name)
  return changed
}
