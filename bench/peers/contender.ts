import { copyFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/run-server.ts'
import type { Payload } from '../serving/wrk.ts'
import { ours } from './ours.ts'
import type { Input, Launch, Peer, Question, Task } from './peer.ts'
import { type ProcessTree, startTree } from './process-tree.ts'

const POLL_MS = 5
const LIMIT_MS = 60_000

/** One of the servers that are compared, ready to be started for a task. */
export interface Contender {
  readonly id: string
  readonly title: string
  /** What it is asked again and again; the path is the server's. */
  readonly question: Question
  readonly payload: Payload
  /** Starts it, and waits until it answers the question. Throws with its output when it does not within a minute. */
  start(): Promise<Running>
}

export interface Running {
  readonly tree: ProcessTree
  readonly url: string
  /** From the start of the process until the first prediction was there. */
  readonly startMs: number
  /** That prediction. */
  readonly prediction: readonly number[]
}

interface Options {
  readonly folder: string
  readonly input: Input
}

/**
 * Our server, built in `target`. It runs on a copy of Node.js: what it shared with the benchmark's own would be counted as half of
 * it (PSS).
 */
export async function contenderOfOurs(target: string, options: Options): Promise<Contender> {
  const node = join(options.folder, 'node')
  await copyFile(process.execPath, node)
  return prepare({ ...ours, launch: async (port) => ours.launch(node, target, port), cwd: target }, options)
}

/** A peer whose packages are in the environment `bin`. */
export function contenderOfPeer(peer: Peer, bin: string, task: Task, options: Options): Promise<Contender> {
  async function launch(port: number): Promise<Launch> {
    const morePorts = [await freePort(), await freePort()] as const
    const { command, env } = peer.launch({ bin, port, morePorts, task })
    return { command, env: { ...commonEnv(task), ...env } }
  }
  return prepare({ ...peer, launch, cwd: options.folder }, options)
}

/** What all server.py read, and one thread for numeric libraries. */
function commonEnv({ model, output }: Task): Record<string, string> {
  return {
    MODEL: model,
    OUTPUT: output,
    OMP_NUM_THREADS: '1',
    PYTHONPATH: join(import.meta.dirname, 'shared'),
    PYTHONDONTWRITEBYTECODE: '1',
  }
}

type Startable = Pick<Peer, 'id' | 'title' | 'ask' | 'read'> & {
  readonly cwd: string
  launch(port: number): Promise<Launch>
}

async function prepare(server: Startable, { folder, input }: Options): Promise<Contender> {
  const { id, title, read, cwd } = server
  const question = server.ask(input)
  const payload = { file: join(folder, `${id}.body`), type: question.type }
  await writeFile(payload.file, question.body)
  async function start(): Promise<Running> {
    const port = await freePort()
    const launch = await server.launch(port)
    const begin = performance.now()
    const tree = startTree(launch, cwd)
    try {
      const url = `http://127.0.0.1:${port}${question.path}`
      const text = await untilAnswered(url, question, tree)
      return { tree, url, startMs: performance.now() - begin, prediction: read(JSON.parse(text)) }
    } catch (error) {
      await tree.stop()
      throw new Error(`${title} does not serve:\n${tree.output()}`, { cause: error })
    }
  }
  return { id, title, question, payload, start }
}

async function untilAnswered(url: string, question: Question, tree: ProcessTree): Promise<string> {
  const deadline = performance.now() + LIMIT_MS
  let last = 'no answer'
  while (performance.now() < deadline) {
    if (tree.process.exitCode !== null) throw new Error(`it exited with ${tree.process.exitCode}`)
    const answer = await post(url, question).catch(() => undefined)
    if (answer?.status === 200) return answer.text
    if (answer) last = `${answer.status} ${answer.text}`
    await sleep(POLL_MS)
  }
  throw new Error(`not ready within a minute: ${last}`)
}

/** On a connection of its own. Throws when there is none. */
async function post(url: string, { type, body }: Question): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) }
    request(url, { method: 'POST', headers, agent: new Agent({ keepAlive: false }) }, (response) => {
      buffer(response).then((text) => resolve({ status: response.statusCode, text: text.toString() }), reject)
    })
      .on('error', reject)
      .end(body)
  })
}
