import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { buildExample } from '../helpers/built-server.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { postFile, postJson } from './image-server.ts'

const TASKSET = '/usr/bin/taskset'
const skipped = existsSync(TASKSET) ? '' : ` (skipped: there is no ${TASKSET})`
const files = Array.from({ length: 10 }, (_, digit) => readFileSync(join(ROOT, `examples/digits/samples/${digit}.png`)))

describe.skipIf(skipped !== '')(
  `a server of images on one core, where decoding and the model take turns${skipped}`,
  () => {
    const folder = makeSharedFolder()
    const node = join(folder, 'node-on-one-core')
    let server = ''
    beforeAll(async () => {
      writeFileSync(node, `#!/bin/sh\nexec ${TASKSET} -c 0 ${process.execPath} "$@"\n`, { mode: 0o755 })
      server = await buildExample('digits', folder)
    })

    async function start(env: Record<string, string> = {}): Promise<RunningServer> {
      const running = await runServer(server, env, node)
      onTestFinished(async () => void (await running.stop()))
      return running
    }

    test('answers photos and tensors that come at once as it answers each alone', async () => {
      const running = await start()
      const tensor = { data: Array(28).fill(Array(28).fill(0.5)) }
      const ask = () => [...files.map((file) => postFile(running, file)), postJson(running, { data: [[tensor.data]] })]
      const alone = []
      for (const file of files) alone.push(await postFile(running, file))
      alone.push(await postJson(running, { data: [[tensor.data]] }))
      expect(alone.map(({ status }) => status)).toEqual(Array(11).fill(200))
      for (const many of await Promise.all([ask(), ask(), ask()].map((each) => Promise.all(each)))) {
        for (const [index, { status, body }] of many.entries()) {
          expect(status).toBe(200)
          const scores = Object(body.prediction) as number[]
          const expected = Object(alone[index]?.body.prediction) as number[]
          for (const [label, score] of expected.entries()) expect(scores[label]).toBeCloseTo(score, 5)
        }
      }
    })

    test('refuses more photos than may wait before it decodes them, and goes on', async () => {
      const running = await start({ QUEUE_MAX_ROWS: '1' })
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => files.map((file) => postFile(running, file))).flat(),
      )
      const statuses = answers.map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([200, 503]))
      const details = answers.filter(({ status }) => status === 503).map(({ body }) => body.detail)
      expect(details).toContain('The server has more images waiting than it may.')
      expect((await postFile(running, Buffer.from(files[0] ?? ''))).status).toBe(200)
    })
  },
)
