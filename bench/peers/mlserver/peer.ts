import { join } from 'node:path'
import { z } from 'zod'
import { askWithJson, type Peer } from '../peer.ts'

const answer = z.object({ outputs: z.tuple([z.object({ data: z.array(z.number()) })]) })

/** MLServer with a runtime of its own making for ONNX: it brings none. */
export const mlserver: Peer = {
  id: 'mlserver',
  folder: 'mlserver',
  title: 'MLServer',
  packages: ['mlserver', 'fastapi', 'uvicorn', 'uvloop', 'httptools', 'orjson'],
  settings: `a custom runtime, \`parallel_workers=0\`, \`debug=false\`; adaptive batching is off, as is the default; photos as \`BYTES\` in base64`,
  launch: ({ bin, port, morePorts, task: { kind } }) => ({
    command: [join(bin, 'mlserver'), 'start', import.meta.dirname],
    env: {
      KIND: kind,
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(port),
      MLSERVER_GRPC_PORT: String(morePorts[0]),
      MLSERVER_METRICS_PORT: String(morePorts[1]),
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_DEBUG: 'false',
    },
  }),
  ask: (input) => {
    const tensor =
      input.kind === 'row'
        ? { datatype: 'FP32', shape: [1, input.row.length], data: input.row }
        : { datatype: 'BYTES', shape: [1], data: [Buffer.from(input.file).toString('base64')] }
    return askWithJson('/v2/models/model/infer', { inputs: [{ name: 'input', ...tensor }] })
  },
  read: (value) => answer.parse(value).outputs[0].data,
}
