import type { Json } from '../transforms/types.ts'

/**
 * What the processes say to each other when one asks all, over node:cluster's channel, which carries JSON. It asks the
 * supervisor, which asks every process, this one too, and gives it all their answers.
 */
export type QuestionMessage =
  /** Any process to the supervisor. */
  | { readonly everyone: 'ask'; readonly id: string; readonly topic: string; readonly question: Json }
  /** The supervisor to each process. */
  | { readonly everyone: 'asked'; readonly id: string; readonly topic: string; readonly question: Json }
  /** Each process to the supervisor. */
  | { readonly everyone: 'answer'; readonly id: string; readonly answer: Answer }
  /** The supervisor to the one that asked. */
  | { readonly everyone: 'answers'; readonly id: string; readonly answers: readonly Answer[] }

/** What a process said, or why it could not. */
export type Answer = { readonly said: Json } | { readonly error: string }

/** Others may use the channel as well. */
export function isQuestionMessage(message: unknown): message is QuestionMessage {
  return typeof message === 'object' && message !== null && 'everyone' in message
}
