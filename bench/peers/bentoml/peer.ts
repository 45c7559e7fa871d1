import { join } from 'node:path'
import { z } from 'zod'
import { askWithForm, askWithJson, type Kind, type Peer } from '../peer.ts'

const SIZES: Readonly<Record<Kind, number>> = { row: 64, image: 4 }
const LATENCY_MS = 1000
const answer = z.tuple([z.array(z.number())])

/** BentoML: a supervisor and a worker with adaptive batching. */
export const bentoml: Peer = {
  id: 'bentoml',
  folder: 'bentoml',
  title: 'BentoML',
  packages: ['bentoml', 'uvicorn', 'uvloop', 'httptools', 'pydantic'],
  settings: `\`batchable=True\`, \`max_batch_size=${SIZES.row}\` (photos: ${SIZES.image}), \`max_latency_ms=${LATENCY_MS}\`, \`workers=1\`, no access log; rows as \`numpy.ndarray\`, photos as a form's file`,
  launch: ({ bin, port, task: { kind } }) => ({
    command: [
      ...[join(bin, 'bentoml'), 'serve', 'server:Classifier', '--working-dir', import.meta.dirname],
      ...['--host', '127.0.0.1', '--port', String(port)],
    ],
    env: {
      MAX_BATCH_SIZE: String(SIZES[kind]),
      MAX_LATENCY_MS: String(LATENCY_MS),
      BENTOML_HOME: join(bin, '../bentoml'),
      BENTOML_DO_NOT_TRACK: 'True',
    },
  }),
  ask: (input) =>
    input.kind === 'row'
      ? askWithJson('/predict', { rows: [input.row] })
      : askWithForm('/predict_image', 'images', input.file),
  read: (value) => answer.parse(value)[0],
}
