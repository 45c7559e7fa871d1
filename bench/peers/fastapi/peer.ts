import { join } from 'node:path'
import { z } from 'zod'
import { askWithForm, askWithJson, type Peer } from '../peer.ts'

const OPTIONS = ['--loop', 'uvloop', '--http', 'httptools', '--workers', '1', '--no-access-log']
const answer = z.object({ prediction: z.tuple([z.array(z.number())]) })

/** FastAPI on uvicorn, written the usual way. */
export const fastapi: Peer = makePeer({ id: 'fastapi', title: 'FastAPI', prefix: '', handlers: '`def` handlers' })

/** The same without its threads: what the event loop does meanwhile is nothing. */
export const fastapiAsync: Peer = makePeer({
  id: 'fastapi-async',
  title: 'FastAPI, async',
  prefix: '/async',
  handlers: '`async def` handlers, which run the model on the event loop,',
})

interface Variant {
  readonly id: string
  readonly title: string
  /** Of the paths of its handlers. */
  readonly prefix: string
  readonly handlers: string
}

function makePeer({ id, title, prefix, handlers }: Variant): Peer {
  return {
    id,
    folder: 'fastapi',
    title,
    packages: ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'pydantic'],
    settings: `${handlers} with pydantic models for what comes and goes; \`uvicorn ${OPTIONS.join(' ')}\`; photos as a form's file (\`UploadFile\`)`,
    launch: ({ bin, port }) => ({
      command: [
        join(bin, 'uvicorn'),
        'server:app',
        '--app-dir',
        import.meta.dirname,
        '--port',
        String(port),
        ...OPTIONS,
      ],
      env: {},
    }),
    ask: (input) =>
      input.kind === 'row'
        ? askWithJson(`${prefix}/predict`, { data: [input.row] })
        : askWithForm(`${prefix}/predict/image`, 'image', input.file),
    read: (value) => answer.parse(value).prediction[0],
  }
}
