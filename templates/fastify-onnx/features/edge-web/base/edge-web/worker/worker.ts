import { loadApp } from '../app.ts'
import type { Calls, Input, OpenOptions, Question, Told } from '../messages.ts'
import { explainProblem } from '../problem.ts'
import { check } from './check.ts'
import { type Engine, openEngine } from './engine.ts'
import { predict } from './predict.ts'
import { chooseSource } from './updated-model.ts'

/** The thread in which everything is computed, so that the page never stands still. */

let engine: Engine | undefined
/** One after the other: a session runs one input at a time. */
let last: Promise<void> = Promise.resolve()

self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
  // A download takes its time: meanwhile inputs are answered.
  if (data.call === 'update') void answer(data)
  else last = last.then(() => answer(data))
})

async function answer(question: Question): Promise<void> {
  const { id } = question
  try {
    tell({ kind: 'answer', id, answer: await dispatch(question) })
  } catch (error) {
    tell({ kind: 'problem', id, problem: explainProblem(error) })
  }
}

function dispatch(question: Question): Promise<Calls[Question['call']]['answer']> {
  if (question.call === 'open') return open(question.ask)
  if (question.call === 'predict') return predictWith(question.ask)
  return question.call === 'check' ? check(ready().session) : ready().source.update()
}

async function open(options: OpenOptions) {
  const app = await loadApp()
  const source = chooseSource(app)
  const report = (loaded: number, total: number) => tell({ kind: 'progress', loaded, total })
  engine = await openEngine(options, { app, source, report })
  return engine.opened
}

function predictWith(input: Input) {
  return predict(ready().session, input)
}

function ready(): Engine {
  if (!engine) throw new Error('the model is not open')
  return engine
}

function tell(told: Told): void {
  self.postMessage(told)
}
