import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bucketOf,
  type Device,
  decide,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/decide.ts'
import {
  type Manifest,
  parseManifest,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { isSigned } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/signature.ts'
import {
  confirmModel,
  failModel,
  type Started,
  startModel,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/start.ts'
import {
  type Installed,
  openState,
  type State,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/state.ts'
import { stage } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/trial.ts'
import { bytesOf, makeApp, readState, storeModels } from '../helpers/edge-device.ts'
import { FolderStore } from '../helpers/edge-store.ts'
import { makeFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

function vectors<T>(name: string): T[] {
  return JSON.parse(readFileSync(join(ROOT, 'test/fixtures/edge-updates', name), 'utf8'))
}

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

describe('a signature', () => {
  interface Vector {
    name: string
    manifest: string
    signature: string
    publicKeys: string[]
    valid: boolean
  }
  test.each(vectors<Vector>('signatures.json'))('$name: $valid', async ({ manifest, signature, publicKeys, valid }) => {
    expect(await isSigned(fromBase64(manifest), signature, publicKeys)).toBe(valid)
  })
})

test.each(vectors<{ name: string; manifest: string; answer: string }>('manifests.json'))(
  'a manifest, $name: $answer',
  ({ manifest, answer }) => {
    expect(parseManifest(fromBase64(manifest)).answer).toBe(answer)
  },
)

describe('what is decided', () => {
  interface Vector {
    name: string
    manifest: Manifest
    state: State
    app: Device
    now: string
    answer: string
    after: State
  }
  test.each(vectors<Vector>('decisions.json'))(
    '$name: $answer',
    async ({ manifest, state, app, now, answer, after }) => {
      expect(await decide(manifest, state, app, now)).toEqual({ answer, state: after })
    },
  )
})

test.each(vectors<{ name: string; version: number; deviceId: string; bucket: number }>('buckets.json'))(
  'device "$deviceId" is in bucket $bucket of version $version of $name',
  async ({ deviceId, bucket, ...release }) => {
    expect(await bucketOf(release, deviceId)).toBe(bucket)
  },
)

test.each(vectors<{ name: string; stored: string | null; bundled: Installed; opened: State }>('openings.json'))(
  'what an app begins with: $name',
  ({ stored, bundled, opened }) => {
    expect(openState(stored, bundled)).toEqual(opened)
  },
)

const neverUsed = {
  fetch: () => Promise.reject(new Error('no network here')),
  now: () => new Date(),
  wait: () => Promise.resolve(),
}

describe('one event after the other', () => {
  interface Vector {
    name: string
    bundled: Installed
    state: State
    steps: Step[]
  }
  interface Step {
    event: 'start' | 'confirm' | 'fail' | 'stage'
    version?: number
    model?: Installed
    lost?: string[]
    run?: { version: number; sha256: string }
    state: State
  }

  test.each(vectors<Vector>('transitions.json'))('$name', async ({ bundled, state, steps }) => {
    const folder = makeFolder({ state: JSON.stringify(state) })
    const store = new FolderStore(folder)
    const setting = { app: makeApp({ bundled }), store, tools: neverUsed }
    storeModels(folder, [1, 2, 3])
    for (const { event, version = 0, model, lost = [], run, state: after } of steps) {
      await store.keepModels([2, 3].map((n) => bytesOf(n).sha256).filter((hash) => !lost.includes(hash)))
      const started: Started = { model: { ...bundled, version }, bytes: new Uint8Array(), onTrial: true }
      if (event === 'confirm') await confirmModel(setting, started)
      if (event === 'stage' && model) await store.write('state', JSON.stringify(stage(readState(folder), model)))
      const outcome =
        event === 'start' ? await startModel(setting) : event === 'fail' ? await failModel(setting, started) : undefined
      expect(readState(folder)).toEqual(after)
      if (run) expect(outcome?.model).toMatchObject(run)
      if (run) expect(outcome?.bytes).toEqual(bytesOf(run.version).bytes)
      storeModels(folder, [1, 2, 3])
    }
  })
})
