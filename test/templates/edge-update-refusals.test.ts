import { describe, expect, test } from 'vitest'
import type { Setting } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/app.ts'
import {
  confirmModel,
  failModel,
  startModel,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/start.ts'
import type { Store } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/store.ts'
import { updateModel } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/update.ts'
import { bytesOf, installed, makeApp, nodeTools, readState, storeModels } from '../helpers/edge-device.ts'
import { makeRelease, PUBLIC_KEY, type ReleaseOfTest } from '../helpers/edge-releases.ts'
import { type Fate, FolderStore } from '../helpers/edge-store.ts'
import { makeFolder } from '../helpers/folder.ts'
import { serve } from '../helpers/http.ts'

/** A server with one release, on which requests can be watched. */
async function host({ files }: ReleaseOfTest, watch: (path: string) => void = () => undefined): Promise<string> {
  const url = await serve((request, response) => {
    const path = (request.url ?? '').slice(1)
    watch(path)
    const bytes = files[path]
    if (bytes) response.end(bytes)
    else response.writeHead(404).end()
  })
  return `${url}/`
}

function device(url: string, folder = makeFolder(), fate: (step: string) => Fate = () => 'fine'): Setting {
  const app = makeApp({ source: { url, publicKeys: [PUBLIC_KEY] } })
  return { app, store: new FolderStore(folder, fate), tools: nodeTools }
}

const RELEASE = makeRelease(bytesOf(2).bytes, 2)

describe('a disk that refuses', () => {
  test('the state: the model on trial is not run, as its start cannot be counted; the confirmed one is', async () => {
    const folder = makeFolder()
    storeModels(makeStore(folder), [2, 3])
    const state = { ...fresh(), confirmed: installed(2), trial: { ...installed(3), starts: 0 } }
    await new FolderStore(folder).write('state', JSON.stringify(state))
    const setting = device('http://127.0.0.1:9/', folder, (step) => (step === 'write state' ? 'refuses' : 'fine'))
    for (let start = 0; start < 5; start++) {
      expect(await startModel(setting)).toMatchObject({ onTrial: false, model: { version: 2 } })
    }
    expect(readState(folder)).toEqual(state)
    expect(await startModel(device('http://127.0.0.1:9/', folder))).toMatchObject({
      onTrial: true,
      model: { version: 3 },
    })
  })

  test('a confirmation: it stays on trial, and is said', async () => {
    const folder = makeFolder()
    storeModels(makeStore(folder), [2])
    await new FolderStore(folder).write('state', JSON.stringify({ ...fresh(), trial: { ...installed(2), starts: 0 } }))
    const started = await startModel(device('http://127.0.0.1:9/', folder))
    const refusing = device('http://127.0.0.1:9/', folder, () => 'refuses')
    expect(await confirmModel(refusing, started)).toBe(false)
    expect(readState(folder).trial).toMatchObject({ version: 2, starts: 1 })
    expect(await confirmModel(device('http://127.0.0.1:9/', folder), started)).toBe(true)
  })

  test.each(['write state', 'write device', 'begin', 'append', 'finish'])(
    'an update, at %s: no_space',
    async (step) => {
      const folder = makeFolder()
      const url = await host(RELEASE)
      expect(await updateModel(device(url, folder, (now) => (now === step ? 'refuses' : 'fine')))).toBe('no_space')
      expect(await startModel(device(url, folder))).toMatchObject({ onTrial: false, model: { version: 1 } })
      expect(await updateModel(device(url, folder)), 'when there is room again').toBe('staged')
    },
  )

  test.each<[string, Partial<Store>]>([
    ['cannot be read', { read: () => Promise.reject(new Error('broken')) }],
    ['cannot be locked', { exclusive: () => Promise.reject(new Error('no locks')) }],
  ])('a store that %s: the bundled model is run', async (_what, broken) => {
    const setting = device('http://127.0.0.1:9/')
    const store = Object.assign(new FolderStore(makeFolder()), broken)
    const started = await startModel({ ...setting, store })
    expect(started).toMatchObject({ onTrial: false, model: { version: 1 }, bytes: bytesOf(1).bytes })
    expect((await failModel({ ...setting, store }, started)).bytes).toEqual(bytesOf(1).bytes)
    expect(await confirmModel({ ...setting, store }, started)).toBe(false)
  })

  test('a mistake of ours is not taken for a full disk', async () => {
    const setting = device(await host(RELEASE))
    const now = () => {
      throw new TypeError('a mistake')
    }
    await expect(updateModel({ ...setting, tools: { ...nodeTools, now } })).rejects.toThrow('a mistake')
  })
})

describe('two at a time', () => {
  test('a second download answers busy, and the first is not disturbed', async () => {
    const setting = device(await host(RELEASE))
    const both = await Promise.all([updateModel(setting), updateModel(setting)])
    expect(both.sort()).toEqual(['busy', 'staged'])
  })

  test('a start while a download runs takes nothing from it', async () => {
    const folder = makeFolder()
    let starts = 0
    const setting: Setting = device(
      await host(RELEASE, () => {
        starts++
        void startModel(setting)
      }),
      folder,
    )
    expect(await updateModel(setting)).toBe('staged')
    expect(starts).toBe(3)
    expect(await startModel(setting)).toMatchObject({ onTrial: true, model: { version: 2 } })
  })
})

describe('a release that is not taken', () => {
  test.each<[string, Parameters<typeof makeRelease>[2], string]>([
    ['of another model', { name: 'iris' }, 'wrong_name'],
    ['that has expired', { expires: '2026-11-09T00:00:00Z' }, 'expired'],
    ['of another contract', { contract: 'ab'.repeat(32) }, 'wrong_contract'],
    ['for a newer runtime', { minRuntime: '1.31.0' }, 'newer_runtime'],
    ['that is stopped', { rollout: 0 }, 'outside_rollout'],
    ['older than the bundled model', { version: 0 + 1, released: '' }, 'bad_manifest'],
  ])('%s: %s is not even loaded', async (_what, more, answer) => {
    const asked: string[] = []
    const url = await host(makeRelease(bytesOf(2).bytes, 2, more), (path) => asked.push(path))
    expect(await updateModel(device(url))).toBe(answer)
    expect(asked.filter((path) => path.startsWith('models/'))).toEqual([])
  })

  test('a server that is not there, and one that answers with a page of its own', async () => {
    expect(await updateModel(device('http://127.0.0.1:9/'))).toBe('unreachable')
    const portal = await serve((_request, response) => response.end('<!doctype html><title>Sign in</title>'))
    expect(await updateModel(device(`${portal}/`))).toBe('bad_signature')
  })

  test('a manifest without end', async () => {
    const url = await serve((_request, response) => {
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(10_000), more)
      }
      more()
    })
    expect(await updateModel(device(`${url}/`))).toBe('unreachable')
  })
})

function fresh() {
  return { schema: 1, confirmed: installed(1), trial: null, seen: { version: 3, released: '' }, bad: null }
}

function makeStore(folder: string): string {
  new FolderStore(folder)
  return folder
}
