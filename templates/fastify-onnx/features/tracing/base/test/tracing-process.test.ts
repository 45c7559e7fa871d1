import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { contract } from '../src/contract.ts'
import { features } from '../src/features.ts'
import { attributesOf, startCollector } from './collector.ts'
import { sampleRuns, startServer } from './server.ts'
import { LIMIT, spawnServer } from './spawn.ts'
import { bytesOf, jsonInputs, sampleTensors } from './v2-client.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

interface Served {
  readonly process: ChildProcess
  readonly url: string
  /** Of nothing, where that option is off. */
  readonly grpcUrl: string
  /** All lines that it has written. */
  readonly lines: string[]
}

/** A server in a process of its own, with the environment variables that people set. */
async function serve(t: TestContext, settings: Record<string, string>): Promise<Served> {
  const child = spawnServer({ LOG_LEVEL: 'info', ...settings })
  t.after(() => child.kill('SIGKILL'))
  assert.ok(child.stdout)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const find = (door: RegExp) => lines.flatMap((line) => door.exec(line)?.[1] ?? []).at(0)
  for (;;) {
    assert.equal(child.exitCode, null)
    const url = find(/listening at (http:[\d./:]+)/)
    if (url !== undefined && (await fetch(`${url}/health/ready`)).status === 200)
      return { process: child, url, grpcUrl: `http://${find(/gRPC at ([\d.:]+)/)}`, lines }
    await sleep(20)
  }
}

async function stop({ process }: Served): Promise<void> {
  const exited = once(process, 'exit')
  process.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
}

test('it goes by the variables of the environment, and what is left is sent when it stops', LIMIT, async (t) => {
  const collector = await startCollector(t)
  const served = await serve(t, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    OTEL_SERVICE_NAME: 'shop-model',
    OTEL_RESOURCE_ATTRIBUTES: 'team=vision',
    OTEL_BSP_SCHEDULE_DELAY: '100000',
  })
  await fetch(`${served.url}/metadata`, { headers: { traceparent: TRACEPARENT } })
  assert.deepEqual(collector.spans, [])
  await stop(served)
  assert.deepEqual(
    collector.spans.map(({ name, traceId }) => [name, traceId]),
    [['GET /metadata', TRACE]],
  )
  const [resource] = collector.resources
  assert.deepEqual([resource?.['service.name'], resource?.team], ['shop-model', 'vision'])
})

test('a collector that is away costs no answer and no more than a line', LIMIT, async (t) => {
  const served = await serve(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TIMEOUT: '20',
    OTEL_BSP_SCHEDULE_DELAY: '1',
  })
  const told = () => served.lines.filter((line) => JSON.parse(line).msg === 'tracing').length
  for (let asked = 0; asked < 20 || told() === 0; asked += 1) {
    assert.equal((await fetch(`${served.url}/metadata`)).status, 200)
    await sleep(50)
  }
  await stop(served)
  assert.equal(told(), 1)
})

const app = await startServer()
const tensors = await sampleTensors(app)
const hasGrpc = features.some(({ name }: { readonly name: string }) => name === 'grpc')
const skip = (!hasGrpc && 'gRPC is off') || (!(await sampleRuns(app)) && 'the derived sample does not run')
await app.close()

test('a call of gRPC is a span in the trace of its caller, with its stages below it', { ...LIMIT, skip }, async (t) => {
  const collector = await startCollector(t)
  const served = await serve(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  const asked = { traceparent: TRACEPARENT, 'x-request-id': 'mine' }
  const answer = await call(served.grpcUrl, 'ModelInfer', {
    message: inferMessage(contract.name),
    headers: asked,
  })
  const refusal = await call(served.grpcUrl, 'ModelInfer', { message: inferMessage('other'), headers: asked })
  await call(served.grpcUrl, 'ServerReady', { message: Buffer.of(), headers: asked })
  await stop(served)
  const requests = collector.spans.filter(({ name }) => name === 'inference.GRPCInferenceService/ModelInfer')
  assert.deepEqual(
    requests.map((span) => attributesOf(span)['rpc.grpc.status_code']),
    [0, 5],
  )
  for (const [index, span] of requests.entries()) {
    assert.deepEqual([span.traceId, span.parentSpanId], [TRACE, '00f067aa0ba902b7'])
    assert.equal([answer, refusal][index]?.traceresponse, `00-${TRACE}-${span.spanId}-01`)
    assert.equal(attributesOf(span)['inference.request_id'], 'mine')
  }
  const stages = collector.spans.filter(({ parentSpanId }) => parentSpanId === requests[0]?.spanId)
  assert.deepEqual(stages.map(({ name }) => name).sort(), ['batch', 'inference', 'preprocess', 'queue'])
  assert.equal(collector.spans.length, requests.length + stages.length)
})

/** The headers of the answer. */
async function call(url: string, method: string, { message, headers }: { message: Buffer; headers: object }) {
  const session = connect(url)
  const path = `/inference.GRPCInferenceService/${method}`
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', ...headers })
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([head, message]))
  const [answer] = await once(stream, 'response')
  await once(stream.resume(), 'close')
  session.destroy()
  return answer
}

/** A ModelInferRequest for the sample, in the bytes of Protocol Buffers: this option knows no client of the other. */
function inferMessage(model: string): Buffer {
  const inputs = jsonInputs(tensors).map(({ name, datatype, shape }) => {
    const sizes = Buffer.concat([shape].flat().map((size) => varint(Number(size))))
    return field(5, field(1, Buffer.from(String(name))), field(2, Buffer.from(String(datatype))), field(3, sizes))
  })
  const raws = Object.values(tensors).map((tensor) => field(7, bytesOf(tensor)))
  return Buffer.concat([field(1, Buffer.from(model)), ...inputs, ...raws])
}

function field(number: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value % 128) + 128), varint(Math.floor(value / 128))])
}
