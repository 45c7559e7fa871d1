import { join } from 'node:path'
import { type Child, portSchema, startChild } from './child.ts'
import { askRate } from './cnn-setup.ts'
import { CLIENT_CORE, SERVER_CORE } from './cores.ts'
import { buildClassifier, buildIdentity, startFlags } from './generated.ts'
import { makeModels } from './models.ts'
import type { Part } from './part.ts'
import { interleave, series } from './slices.ts'
import { ratios } from './statistics.ts'
import { type Goal, type Measure, measureTable } from './table.ts'
import { binaryTensor, jsonTensor } from './v2-payload.ts'
import { applyLoad } from './wrk.ts'

const SHAPE = [1, 3, 224, 224]
const CONNECTIONS = 2

/** What is measured of one model. */
interface Subject {
  readonly folder: string
  /** The generated server's folder. */
  readonly target: string
  readonly name: string
  readonly input: string
  readonly goal: Goal
  readonly rounds: number
  readonly seconds: number
}

/** Tensors of 1x3x224x224 through the Open Inference Protocol, in each of the ways that it has. */
export const v2: Part = async ({ folder, rounds, seconds }) => {
  const { mobilenet } = await makeModels()
  const common = { folder, rounds, seconds }
  const identity = await buildIdentity(folder, SHAPE)
  const classifier = await buildClassifier(folder, mobilenet, 'options: {grpc: {}}')
  const loop = {
    script: 'loop',
    args: [classifier, mobilenet, join(folder, 'photo.jpg')],
    flags: startFlags(classifier),
    cores: SERVER_CORE,
  } as const
  const measures = [
    ...(await measureModel({ ...common, target: identity, name: 'identity', input: 'x', goal: { atLeast: 17 } })),
    ...(await withChild(folder, loop, (bare) =>
      measureModel({ ...common, target: classifier, name: 'classifier', input: 'input', goal: { atLeast: 3 } }, () =>
        askRate(bare, { what: 'tensor', seconds }),
      ),
    )),
  ]
  return { title: 'The Open Inference Protocol: 1x3x224x224', blocks: [INTRODUCTION, measureTable(measures)] }
}

const INTRODUCTION = `Requests/s of one float32 tensor of 150,528 numbers, ${CONNECTIONS} at once; server and client each on a core of their
own. *JSON* and *binary* are REST, from wrk; gRPC is one connection from @grpc/grpc-js with raw contents. The loop is
\`session.run()\` alone, in one process on the server's core, one tensor after the other.`

async function measureModel(subject: Subject, bareLoop?: () => Promise<number>): Promise<Measure[]> {
  const { folder, target, name, input, goal, rounds, seconds } = subject
  const json = await jsonTensor(folder, input, SHAPE)
  const binary = await binaryTensor(folder, input, SHAPE)
  const server = {
    script: 'serve-generated',
    args: [target],
    flags: startFlags(target),
    cores: SERVER_CORE,
    env: { GRPC_PORT: '0' },
  } as const
  return withChild(folder, server, async (_, first) => {
    const { port, grpcPort } = portSchema.parse(first)
    const load = {
      script: 'grpc-load',
      args: [String(grpcPort), name, input, SHAPE.join()],
      cores: CLIENT_CORE,
    } as const
    const url = `http://127.0.0.1:${port}/v2/models/${name}/infer`
    const post = (payload: typeof json) => async () =>
      (await applyLoad({ url, payload, connections: CONNECTIONS, seconds })).requestsPerSecond
    return withChild(folder, load, async (grpc) => {
      await post(binary)()
      const rates = {
        json: series(post(json)),
        binary: series(post(binary)),
        grpc: series(() => askRate(grpc, { inFlight: CONNECTIONS, seconds })),
        ...(bareLoop ? { bare: series(bareLoop) } : {}),
      }
      await interleave(Object.values(rates), rounds)
      const bare = rates.bare?.slices
      return [
        { what: `${name}: JSON, requests/s`, values: rates.json.slices, digits: 1 },
        { what: `${name}: binary, requests/s`, values: rates.binary.slices, digits: 1 },
        { what: `${name}: gRPC, requests/s`, values: rates.grpc.slices, digits: 1 },
        { what: `${name}: binary of JSON`, values: ratios(rates.binary.slices, rates.json.slices), digits: 1, goal },
        { what: `${name}: gRPC of JSON`, values: ratios(rates.grpc.slices, rates.json.slices), digits: 1 },
        ...(bare
          ? [
              { what: `${name}: the loop, runs/s`, values: bare, digits: 1 },
              {
                what: `${name}: binary of the loop`,
                values: ratios(rates.binary.slices, bare),
                digits: 2,
                goal: { atLeast: 0.9 },
              },
            ]
          : []),
      ]
    })
  })
}

async function withChild<T>(
  folder: string,
  options: Parameters<typeof startChild>[1],
  use: (child: Child, first: unknown) => Promise<T>,
): Promise<T> {
  const { child, first } = await startChild(folder, options)
  try {
    return await use(child, first)
  } finally {
    await child.stop()
  }
}
