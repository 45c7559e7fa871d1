import cluster, { type Worker } from 'node:cluster'
import { type Answer, isQuestionMessage, type QuestionMessage } from './question.ts'

/** In the supervisor: passes on what one process asks all (everyone.ts). Call it once, before the first fork. */
export function relayQuestions(): void {
  let asked = 0
  cluster.on('message', (asker, message: unknown) => {
    if (!isQuestionMessage(message) || message.everyone !== 'ask') return
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    asked += 1
    const question = { ...message, everyone: 'asked', id: `${asked}` } as const
    void Promise.all(workers.map((worker) => askOne(worker, question))).then((answers) => {
      send(asker, { everyone: 'answers', id: message.id, answers: answers.filter((answer) => answer !== null) })
    })
  })
}

/** null: it ended, or is about to. */
function askOne(worker: Worker, question: QuestionMessage): Promise<Answer | null> {
  return new Promise((resolve) => {
    function hear(message: unknown): void {
      if (isQuestionMessage(message) && message.everyone === 'answer' && message.id === question.id)
        done(message.answer)
    }
    function gone(): void {
      done(null)
    }
    function done(answer: Answer | null): void {
      worker.off('message', hear)
      worker.off('disconnect', gone)
      resolve(answer)
    }
    worker.on('message', hear)
    worker.on('disconnect', gone)
    if (!send(worker, question)) gone()
  })
}

/** Whether it could be sent. One that ends meanwhile must not end the supervisor with an error. */
function send(worker: Worker, message: QuestionMessage): boolean {
  return worker.isConnected() && worker.send(message, () => undefined)
}
