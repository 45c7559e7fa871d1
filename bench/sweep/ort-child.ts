import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { isDtype } from '../../templates/fastify-onnx/base/src/transforms/elements.ts'
import type { Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { serveTasks } from './children.ts'
import { readExpected, readInputs } from './data-set.ts'
import { findDifference, ONNX_TOLERANCE } from './difference.ts'
import type { Outcome, Stage } from './outcome.ts'
import { OWN_ANSWERS, type Task, taskSchema } from './task.ts'
import { toNested } from './tensor-file.ts'

// What onnxruntime-node does with the model itself, without any of our code between: the truth that servers are held to.

// As in ml/session.ts of the servers: float16 are bits.
Reflect.deleteProperty(globalThis, 'Float16Array')

serveTasks(async (raw, enter) => {
  const task = taskSchema.parse(raw)
  enter('start')
  const session = await InferenceSession.create(join(task.folder, 'model.onnx'), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  })
  try {
    return await ask(session, task, enter)
  } finally {
    await session.release()
  }
})

async function ask(session: InferenceSession, task: Task, enter: (stage: Stage) => void): Promise<Outcome> {
  enter('predict')
  const foreign = [...session.inputMetadata, ...session.outputMetadata].find((port) => !port.isTensor)
  if (foreign) throw new Error(`"${foreign.name}" is no tensor`)
  const inputs = Object.entries(readInputs(task))
  const feeds = Object.fromEntries(
    inputs.map(([name, { dtype, data, shape }]) => [name, new OrtTensor(dtype, data, shape)]),
  )
  const results = await session.run(feeds)
  enter('compare')
  const answers = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]))
  await mkdir(task.place, { recursive: true })
  await writeFile(join(task.place, OWN_ANSWERS), JSON.stringify(answers))
  const reason = findDifference(answers, readExpected(task), ONNX_TOLERANCE)
  return reason === null
    ? { kind: 'right', byTensors: true, sampleRuns: true, sameBits: true }
    : { kind: 'wrong', reason, sameBits: true }
}

function fromOrt({ type, dims, data }: OrtTensor): Json {
  if (!isDtype(type)) throw new Error(`the output is ${type}`)
  return toNested({ dtype: type, shape: dims, data })
}
