import { z } from 'zod'
import { startArguments } from '../../scripts/run-server.ts'
import { askWithJson, type Input, type Launch, type Question } from './peer.ts'

const answer = z.object({ prediction: z.array(z.number()) })

/** The generated server, as `npm start` starts it in production. */
export const ours = {
  id: 'ours',
  title: 'this',
  launch: (node: string, target: string, port: number): Launch => ({
    command: [node, ...startArguments(target)],
    env: { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port) },
  }),
  ask: (input: Input): Question =>
    input.kind === 'row'
      ? askWithJson('/predict', { data: [input.row] })
      : { path: '/predict', type: 'image/jpeg', body: input.file },
  read: (value: unknown): number[] => answer.parse(value).prediction,
}
