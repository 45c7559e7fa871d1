import { join } from 'node:path'
import { z } from 'zod'
import { askWithJson, type Kind, type Peer } from '../peer.ts'

const BATCHES: Readonly<Record<Kind, { size: number; timeoutMs: number }>> = {
  row: { size: 64, timeoutMs: 10 },
  image: { size: 1, timeoutMs: 0 },
}
const answer = z.object({ prediction: z.array(z.number()) })

/** LitServe: a web server and a worker that runs the model. */
export const litserve: Peer = {
  id: 'litserve',
  folder: 'litserve',
  title: 'LitServe',
  packages: ['litserve', 'uvicorn', 'uvloop', 'httptools'],
  settings: `\`fast_queue=True\`, \`workers_per_device=1\`, \`num_api_servers=1\`; rows with \`max_batch_size=${BATCHES.row.size}\` and \`batch_timeout=${BATCHES.row.timeoutMs / 1000}\`, photos (base64 in JSON) without batches`,
  launch: ({ bin, port, task: { kind } }) => ({
    command: [join(bin, 'python'), join(import.meta.dirname, 'server.py')],
    env: {
      PORT: String(port),
      KIND: kind,
      MAX_BATCH_SIZE: String(BATCHES[kind].size),
      BATCH_TIMEOUT_MS: String(BATCHES[kind].timeoutMs),
    },
  }),
  ask: (input) =>
    askWithJson(
      '/predict',
      input.kind === 'row' ? { data: input.row } : { image: Buffer.from(input.file).toString('base64') },
    ),
  read: (value) => answer.parse(value).prediction,
}
