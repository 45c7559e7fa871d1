import { createServer, type RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'

/** A server on a free port of this machine until the test is over; its address, without a slash at the end. */
export async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
}
