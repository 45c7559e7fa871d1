import type { Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { Unavailable } from '../ml/errors.ts'
import type { Json } from '../transforms/types.ts'
import { type Answer, isQuestionMessage, type QuestionMessage } from './question.ts'

/** What a process does about a topic. */
export type Handler = (question: Json) => Promise<Json>

/** All processes that serve, this one too: where it is the only one, nobody else is asked. */
export interface Everyone {
  /** Gives what each says; those that end meanwhile say nothing. Throws Unavailable when one of them cannot do it. */
  ask(question: Json): Promise<readonly Json[]>
  leave(): void
}

/** Joins the processes that answer questions of this topic. */
export async function joinEveryone(topic: string, handler: Handler): Promise<Everyone> {
  const { default: cluster } = await import('node:cluster')
  const { worker } = cluster
  if (worker) return joinAs(worker, topic, handler)
  return { ask: async (question) => [await handler(question)], leave: () => undefined }
}

function joinAs(worker: Worker, topic: string, handler: Handler): Everyone {
  const waiting = new Map<string, (answers: readonly Answer[]) => void>()
  const send = (message: QuestionMessage) => worker.isConnected() && worker.send(message, () => undefined)

  async function hear(message: unknown): Promise<void> {
    if (!isQuestionMessage(message)) return
    if (message.everyone === 'answers') waiting.get(message.id)?.(message.answers)
    if (message.everyone === 'asked' && message.topic === topic) {
      send({ everyone: 'answer', id: message.id, answer: await attempt(handler, message.question) })
    }
  }

  worker.on('message', hear)
  return {
    async ask(question) {
      const id = randomUUID()
      const answered = new Promise<readonly Answer[]>((resolve) => waiting.set(id, resolve))
      if (!send({ everyone: 'ask', id, topic, question })) throw new Unavailable('The server is about to stop.')
      const answers = await answered.finally(() => waiting.delete(id))
      return answers.map((answer) => {
        if ('error' in answer) throw new Unavailable(answer.error)
        return answer.said
      })
    },
    leave() {
      worker.off('message', hear)
    },
  }
}

async function attempt(handler: Handler, question: Json): Promise<Answer> {
  try {
    return { said: await handler(question) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
