import * as z from 'zod'
import { type Case, protocol, serverCase } from '../case.ts'
import { expectStatus } from '../expect.ts'
import { readJson } from '../protocol.ts'
import type { Subject } from '../subject.ts'

interface Probe {
  readonly name: string
  readonly section: string
  path(subject: Subject): string
  readonly body: z.ZodType
}

const PROBES: readonly Probe[] = [
  { name: 'live', section: 'Server Live', path: () => '/v2/health/live', body: z.object({ live: z.literal(true) }) },
  {
    name: 'ready',
    section: 'Server Ready',
    path: () => '/v2/health/ready',
    body: z.object({ ready: z.literal(true) }),
  },
  {
    name: 'model-ready',
    section: 'Model Ready',
    path: ({ modelPath }) => `${modelPath}/ready`,
    body: z.object({ name: z.string(), ready: z.literal(true) }),
  },
]

const statuses = PROBES.map(({ name, section, path }) =>
  serverCase({
    id: `health/${name}`,
    title: `${section} answers 200`,
    source: protocol(section),
    run: async (subject) => expectStatus(await subject.client.ask(path(subject)), 200),
  }),
)

// Not required: the protocol got these bodies late, prints "live" for ready, and Triton sends none.
const bodies = PROBES.map(({ name, section, path, body }) =>
  serverCase({
    id: `health/${name}-body`,
    title: `${section} says so in JSON too`,
    level: 'recommended',
    source: `${protocol(section)}; KServe's client reads it`,
    run: async (subject) => {
      const answer = await subject.client.ask(path(subject))
      expectStatus(answer, 200)
      readJson(
        answer.body,
        body,
        `{${name === 'model-ready' ? '"name", ' : ''}"${name === 'live' ? 'live' : 'ready'}": true}`,
      )
    },
  }),
)

export const health: readonly Case[] = [...statuses, ...bodies]
