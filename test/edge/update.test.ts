import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import type { Setting } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/app.ts'
import {
  confirmModel,
  failModel,
  startModel,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/start.ts'
import { updateModel } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/update.ts'
import { buildExample } from '../helpers/built-server.ts'
import { bytesOf, installed, makeApp, nodeTools, readState } from '../helpers/edge-device.ts'
import { FolderStore } from '../helpers/edge-store.ts'
import { makeFolder, makeSharedFolder, writeFiles } from '../helpers/folder.ts'
import { exportModel, makeKeys, type Place, released } from './release-support.ts'

// From the command to the device, by way of a running server: nothing stands in for anything.

const folder = makeSharedFolder()
let server: RunningServer
beforeAll(async () => {
  server = await runServer(await buildExample('iris', folder, ['options.edge={}']))
})
afterAll(() => server?.stop())

/** A device with an app that was exported from this server and holds this key. */
async function makeDevice(place: Place): Promise<{ setting: Setting; disk: string }> {
  const { manifest, publicKey } = await released(place, '--rollout', '0')
  const disk = makeFolder()
  const app = makeApp({
    name: 'iris',
    bundled: { ...installed(1), version: 0, contract: manifest.contract },
    readBundled: () => Promise.resolve(bytesOf(1).bytes),
    source: { url: `${server.url}/edge/releases/`, publicKeys: [publicKey] },
  })
  const tools = { ...nodeTools, now: () => new Date() }
  return { setting: { app, store: new FolderStore(disk), tools }, disk }
}

test('a model is released, loaded, tried, confirmed; a bad one is rolled back; and taken back', async () => {
  const place = { folder, ...makeKeys() }
  exportModel(folder, 'model 2')
  const { setting, disk } = await makeDevice(place)
  expect(await updateModel(setting)).toBe('outside_rollout')
  await released(place, '--rollout', '100')
  expect(await updateModel(setting)).toBe('staged')
  expect(await updateModel(setting)).toBe('up_to_date')

  const second = await startModel(setting)
  expect(second).toMatchObject({ onTrial: true, model: { version: 1 }, bytes: bytesOf(2).bytes })
  await confirmModel(setting, second)

  exportModel(folder, 'model 3')
  await released(place)
  expect(await updateModel(setting)).toBe('staged')
  for (let start = 0; start < 3; start++) {
    const third = await startModel(setting)
    expect(third.bytes).toEqual(bytesOf(3).bytes)
    expect((await failModel(setting, third)).bytes).toEqual(bytesOf(2).bytes)
  }
  expect((await startModel(setting)).bytes).toEqual(bytesOf(2).bytes)
  expect(await updateModel(setting)).toBe('known_bad')

  exportModel(folder, 'model 2')
  await released(place)
  expect(await updateModel(setting)).toBe('adopt')
  expect(readState(disk)).toMatchObject({ confirmed: { version: 3 }, trial: null, seen: { version: 3 } })
})

test('a download that was cut is resumed, with a range that the server answers', async () => {
  const place = { folder, ...makeKeys() }
  const { setting } = await makeDevice(place)
  const model = 'a model of many bytes '.repeat(200_000)
  exportModel(folder, model)
  const { manifest } = await released(place, '--rollout', '100')
  const { sha256, size } = manifest.model
  const statuses: number[] = []
  const cutOnce: Setting['tools']['fetch'] = async (url, ask) => {
    const response = await fetch(url, ask)
    if (!url.endsWith('.onnx')) return response
    statuses.push(response.status)
    return statuses.length === 1 ? new Response(cutAfter(response, size / 2), response) : response
  }
  expect(await updateModel({ ...setting, tools: { ...setting.tools, fetch: cutOnce } })).toBe('staged')
  expect(statuses).toEqual([200, 206])
  expect(Buffer.from((await setting.store.readModel(sha256)) ?? []).toString() === model).toBe(true)
})

function cutAfter({ body }: Response, bytes: number): ReadableStream {
  let left = bytes
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      controller.enqueue(part)
      left -= part.length
      if (left < 0) controller.error(new TypeError('terminated'))
    },
  })
  return body?.pipeThrough(cut) ?? cut.readable
}

test('what is tampered with on the server, and a key that the app does not hold, are refused', async () => {
  const place = { folder, ...makeKeys() }
  const { setting } = await makeDevice(place)
  exportModel(folder, 'model 4')
  const { manifest } = await released(place, '--rollout', '100')
  const releases = join(folder, 'iris/edge/releases')
  const original = readFileSync(join(releases, manifest.model.file))
  writeFiles(releases, { [manifest.model.file]: 'model X' })
  expect(await updateModel(setting)).toBe('bad_model')
  writeFiles(releases, { [manifest.model.file]: original })
  const { app } = setting
  const other = { ...app, source: { ...app.source, publicKeys: [readFileSync(makeKeys().publicKey, 'utf8')] } }
  expect(await updateModel({ ...setting, app: other })).toBe('bad_signature')
  const text = readFileSync(join(releases, 'manifest.json'), 'utf8')
  writeFiles(releases, { 'manifest.json': text.replace('"rollout": 100', '"rollout": 99') })
  expect(await updateModel(setting), 'no signature has its hash').toBe('unreachable')
  writeFiles(releases, { 'manifest.json': text })
  expect(await updateModel(setting)).toBe('staged')
})
