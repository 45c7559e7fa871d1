import { join } from 'node:path'
import { z } from 'zod'
import { askWithForm, askWithJson, type Peer } from '../peer.ts'

const OPTIONS = ['--loop', 'uvloop', '--http', 'httptools', '--workers', '1', '--no-access-log']
const answer = z.object({ prediction: z.tuple([z.array(z.number())]) })

/** FastAPI on uvicorn, written the usual way. */
export const fastapi: Peer = {
  id: 'fastapi',
  title: 'FastAPI',
  packages: ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'pydantic'],
  settings: `\`def\` handlers with pydantic models for what comes and goes; \`uvicorn ${OPTIONS.join(' ')}\`; photos as a form's file (\`UploadFile\`)`,
  launch: ({ bin, port }) => ({
    command: [join(bin, 'uvicorn'), 'server:app', '--app-dir', import.meta.dirname, '--port', String(port), ...OPTIONS],
    env: {},
  }),
  ask: (input) =>
    input.kind === 'row'
      ? askWithJson('/predict', { data: [input.row] })
      : askWithForm('/predict/image', 'image', input.file),
  read: (value) => answer.parse(value).prediction[0],
}
