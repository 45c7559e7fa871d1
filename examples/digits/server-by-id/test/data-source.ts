import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { TestContext } from 'node:test'

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
}

/** Data by id, in a folder and behind HTTP: one of them is this server's source. */
export interface DataSource {
  /** Environment variables that make it the source. */
  readonly settings: Record<string, string>
  /** `name`: with its extension. */
  write(name: string, content: string | Uint8Array): Promise<void>
}

/** Until the test ends. */
export async function startDataSource(t: Pick<TestContext, 'after'>): Promise<DataSource> {
  const folder = await mkdtemp(join(tmpdir(), 'data-'))
  const names = new Map<string, string>()
  const server = createServer(async (request, response) => {
    const id = decodeURIComponent(request.url?.slice(1) ?? '')
    const name = names.get(id)
    if (name === undefined) return response.writeHead(404).end()
    response.setHeader('content-type', TYPES[extname(name)] ?? '')
    return response.end(await readFile(join(folder, name)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    settings: { SOURCE_PATH: folder, SOURCE_URL: `http://127.0.0.1:${port}/` },
    async write(name, content) {
      names.set(name.slice(0, -extname(name).length), name)
      await writeFile(join(folder, name), content)
    },
  }
}
