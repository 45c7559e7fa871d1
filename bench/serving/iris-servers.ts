import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { contract } from '../../examples/iris/server/src/contract.ts'
import { type Child, portSchema, startChild } from './child.ts'
import { SERVER_CORE } from './cores.ts'
import { buildIris, startFlags } from './generated.ts'
import type { Payload } from './wrk.ts'

/** Processes that answer the iris sample, each in its own way, all on the server's core. */
export interface IrisServers {
  /** The generated server. */
  readonly ours: IrisServer
  /** The same with its model stubbed by a constant. */
  readonly stub: IrisServer
  /** A plain Fastify that answers a constant. */
  readonly echo: IrisServer
  /** A plain Fastify that awaits one run per request. */
  readonly perRequest: IrisServer
}

export interface IrisServer {
  readonly child: Child
  /** Of POST /predict. */
  readonly url: string
  readonly payload: Payload
}

const TYPE = 'application/json'
const TOLERANCE = 1e-4
const sent = JSON.stringify({ data: contract.sample.data })
const expected = JSON.stringify(contract.sample.prediction)
const answerSchema = z.object({ prediction: z.array(z.number()) })

/** Builds the server and starts all of them. Throws unless each answers the sample's prediction. */
export async function startIrisServers(folder: string): Promise<IrisServers> {
  const target = await buildIris(folder)
  const payload = { file: join(folder, 'sample.json'), type: TYPE }
  await writeFile(payload.file, sent)
  async function start(script: string, args: string[], flags: readonly string[] = []): Promise<IrisServer> {
    const { child, first } = await startChild(folder, { script, args, flags, cores: SERVER_CORE })
    const url = `http://127.0.0.1:${portSchema.parse(first).port}/predict`
    await assertAnswers(url, script)
    return { child, url, payload }
  }
  return {
    ours: await start('serve-generated', [target], startFlags(target)),
    stub: await start('serve-generated', [target, 'stub'], startFlags(target)),
    echo: await start('serve-echo', [expected]),
    perRequest: await start('serve-run-per-request', [join(target, 'models', contract.model.file)]),
  }
}

async function assertAnswers(url: string, script: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': TYPE }, body: sent })
  const text = await answer.text()
  const { prediction } = answerSchema.parse(JSON.parse(text))
  const wanted: number[] = JSON.parse(expected)
  const close = wanted.every((value, i) => Math.abs(value - (prediction[i] ?? Number.NaN)) <= TOLERANCE)
  if (!close) throw new Error(`${script} answers ${text}, not ${expected}`)
}
