import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Contract, Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { askServer } from './ask.ts'
import { serveTasks } from './children.ts'
import { compileServer } from './compile.ts'
import { readExpected, readInputs } from './data-set.ts'
import { EXACT, findDifference, ONNX_TOLERANCE } from './difference.ts'
import { generateByCommand, generateHere } from './generate.ts'
import type { Outcome, Stage } from './outcome.ts'
import { OWN_ANSWERS, type Task, taskSchema } from './task.ts'

// One model after the other: generated from the model alone, compiled, started, asked over HTTP, compared, stopped.

serveTasks(async (raw, enter) => {
  const task = taskSchema.parse(raw)
  const ownAnswers = await readOwnAnswers(task)
  try {
    return await serve(task, ownAnswers, enter)
  } finally {
    await rm(task.place, { recursive: true, force: true })
  }
})

async function serve(task: Task, ownAnswers: Answers | null, enter: (stage: Stage) => void): Promise<Outcome> {
  enter('generate')
  const target = await (task.byCommand ? generateByCommand(task) : generateHere(task))
  enter('compile')
  const { buildServer, loadConfig, features, contract } = await compileServer(target)
  enter('start')
  const config = loadConfig({ LOG_LEVEL: 'silent', INTRA_OP_THREADS: '1' }, features)
  const app = await buildServer({ config, features })
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    enter('warm-up')
    await app.warmUp()
    return await compare({ task, ownAnswers, app, url, contract, enter })
  } finally {
    await app.close()
  }
}

interface Running {
  readonly task: Task
  readonly ownAnswers: Answers | null
  readonly app: FastifyInstance
  readonly url: string
  readonly contract: Contract
  readonly enter: (stage: Stage) => void
}

async function compare({ task, ownAnswers, app, url, contract, enter }: Running): Promise<Outcome> {
  enter('predict')
  const { status: ready } = await fetch(`${url}/health/ready`)
  if (ready !== 200) throw new Error(`/health/ready answered ${ready}`)
  const { status: sampled } = await fetch(`${url}/predict/test`)
  // A sample derived from the shapes may be none that the model can run: as any such input, it is refused.
  if (sampled !== 200 && sampled !== 422) throw new Error(`/predict/test answered ${sampled}`)
  const { prediction, byTensors } = await askServer({ app, url, contract, inputs: readInputs(task) })
  enter('compare')
  // Where JSON could not carry the inputs, all outputs were asked of the data plane itself.
  const shapeAnswer = (answers: Answers) => (byTensors ? answers : asPrediction(answers, contract))
  const reason = findDifference(prediction, shapeAnswer(readExpected(task)), ONNX_TOLERANCE)
  const sameBits = ownAnswers !== null && findDifference(prediction, shapeAnswer(ownAnswers), EXACT) === null
  return reason === null
    ? { kind: 'right', byTensors, sampleRuns: sampled === 200, sameBits }
    : { kind: 'wrong', reason, sameBits }
}

type Answers = Readonly<Record<string, Json>>

/** What the contract makes of a model's outputs: the chosen one or all by name, and a single row without its outer array. */
function asPrediction(answers: Answers, { predict, rows, task }: Contract): Json {
  const toPrediction = (answer: Json) =>
    rows && task !== 'tensor' && Array.isArray(answer) && answer.length === 1 ? (answer[0] ?? null) : answer
  if (predict.output !== null) return toPrediction(answers[predict.output] ?? null)
  return Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, toPrediction(answer)]))
}

/** Null where onnxruntime-node itself does not run the model. */
async function readOwnAnswers({ place }: Task): Promise<Answers | null> {
  const text = await readFile(join(place, OWN_ANSWERS), 'utf8').catch(() => null)
  return text === null ? null : JSON.parse(text)
}
