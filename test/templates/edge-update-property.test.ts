import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Setting } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/app.ts'
import {
  confirmModel,
  failModel,
  startModel,
} from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/start.ts'
import type { Ask } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/tools.ts'
import { updateModel } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/update.ts'
import { bytesOf, makeApp, nodeTools, readState } from '../helpers/edge-device.ts'
import { makeRelease, PUBLIC_KEY, type ReleaseOfTest } from '../helpers/edge-releases.ts'
import { type Fate, FolderStore } from '../helpers/edge-store.ts'
import { makeFolder } from '../helpers/folder.ts'

/** What becomes of a released model on the device. */
type Kind = 'good' | 'fails' | 'crashes'

/** What the network does to a request. */
type Weather = 'fine' | 'offline' | 'error' | 'cut' | 'ignores range' | 'tampers' | 'longer' | 'missing'

type Event =
  | { readonly do: 'release'; readonly kind: Kind; readonly rollout: number }
  | { readonly do: 'take back'; readonly to: number }
  | { readonly do: 'replay'; readonly of: number }
  | { readonly do: 'update'; readonly weather: readonly Weather[]; readonly disk: readonly Fate[] }
  | { readonly do: 'start'; readonly disk: readonly Fate[] }
  | { readonly do: 'corrupt' }
  | { readonly do: 'clear' }

const KINDS = ['good', 'fails', 'crashes'] as const
const WEATHER = ['fine', 'offline', 'error', 'cut', 'ignores range', 'tampers', 'longer', 'missing'] as const
/** One step at which something befalls the disk; the others are fine. */
const disk: fc.Arbitrary<readonly Fate[]> = fc.oneof(
  fc.constant([]),
  fc.tuple(fc.nat(9), fc.constantFrom<Fate>('refuses', 'dies')).map(([at, fate]) => atStep(at, fate)),
)
const weather = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.constant<Weather>('fine') }, fc.constantFrom<Weather>(...WEATHER)),
  { maxLength: 10 },
)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      kind: fc.oneof({ weight: 2, arbitrary: fc.constant<Kind>('good') }, fc.constantFrom(...KINDS)),
      rollout: fc.constantFrom(100, 50),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take back' as const), to: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), of: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('update' as const), weather, disk }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('start' as const), disk }) },
  { weight: 1, arbitrary: fc.constant({ do: 'corrupt' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
)

function atStep(at: number, fate: Fate): Fate[] {
  return [...Array<Fate>(at).fill('fine'), fate]
}

/** A device and the world around it. */
class World {
  readonly folder: string
  readonly #copy: string
  readonly #kinds = new Map<string, Kind>([[bytesOf(1).sha256, 'good']])
  readonly #releases: ReleaseOfTest[] = []
  readonly #startsOnTrial = new Map<number, number>()
  readonly #rolledBack = new Set<number>()
  #seen = 0
  #offered: ReleaseOfTest | undefined
  /** Model files were taken away behind the device's back. */
  #damaged = false

  constructor(folder: string) {
    this.folder = join(folder, 'device')
    this.#copy = join(folder, 'copy')
    for (const one of [this.folder, this.#copy]) rmSync(one, { recursive: true, force: true })
  }

  async happen(event: Event): Promise<void> {
    if (event.do === 'release') this.release(event.kind, event.rollout)
    if (event.do === 'take back') this.takeBack(event.to)
    if (event.do === 'replay') this.#offered = this.#releases[event.of % Math.max(1, this.#releases.length)]
    if (event.do === 'update') await this.update(event.weather, event.disk)
    if (event.do === 'start') await this.start(event.disk)
    if (event.do === 'corrupt') this.#corrupt()
    if (event.do === 'clear') this.#clear()
    await this.check()
  }

  release(kind: Kind, rollout: number): void {
    const version = this.#releases.length + 2
    const model = Buffer.alloc(600 + version, `model ${version} `)
    this.#kinds.set(sha256(model), kind)
    this.#publish(model, { rollout })
  }

  /** A former model, or the bundled one, under a new version. */
  takeBack(to: number): void {
    this.#publish(this.#releases[to]?.model ?? bytesOf(1).bytes)
  }

  #publish(model: Uint8Array, more: { rollout?: number } = {}): void {
    const release = makeRelease(model, this.#releases.length + 2, more)
    this.#releases.push(release)
    this.#offered = release
  }

  async update(weather: readonly Weather[] = [], fates: readonly Fate[] = []): Promise<string> {
    const requests = weather.values()
    const fetch = async (url: string, { headers = {} }: Ask) =>
      this.#answer(url, headers, requests.next().value ?? 'fine')
    return this.#live(fates, (setting) => updateModel({ ...setting, tools: { ...nodeTools, fetch } }))
  }

  /** Starts, and does what the model that runs makes of it. Gives its version. */
  async start(fates: readonly Fate[] = []): Promise<number> {
    let version = 0
    await this.#live(fates, async (setting) => {
      const started = await startModel(setting)
      version = started.model.version
      const kind = this.#kinds.get(started.model.sha256)
      expect(kind, 'only what was released or bundled is run').toBeDefined()
      expect(sha256(started.bytes)).toBe(started.model.sha256)
      if (!started.onTrial) expect(kind, 'what is confirmed has proved itself').toBe('good')
      else this.#countTrial(version)
      if (kind === 'good') await confirmModel(setting, started)
      if (kind === 'fails') {
        const fallback = await failModel(setting, started)
        expect(this.#kinds.get(fallback.model.sha256)).toBe('good')
      }
      return ''
    })
    return version
  }

  /** Whatever happened: there is a confirmed model that can be run, and what was learnt is not forgotten. */
  async check(): Promise<void> {
    rmSync(this.#copy, { recursive: true, force: true })
    if (existsSync(this.folder)) cpSync(this.folder, this.#copy, { recursive: true })
    const setting = this.#setting(new FolderStore(this.#copy))
    const started = await startModel(setting)
    const confirmed = started.onTrial ? await failModel(setting, started) : started
    expect(sha256(confirmed.bytes)).toBe(confirmed.model.sha256)
    expect(this.#kinds.get(confirmed.model.sha256)).toBe('good')
    if (!existsSync(join(this.folder, 'state'))) return
    const state = readState(this.folder)
    if (!this.#damaged) expect(confirmed.model.version).toBe(state.confirmed.version)
    expect(state.seen.version).toBeGreaterThanOrEqual(this.#seen)
    this.#seen = state.seen.version
    if (state.bad !== null) this.#rolledBack.add(state.bad)
  }

  #countTrial(version: number): void {
    expect(this.#rolledBack, 'what was rolled back is not tried again').not.toContain(version)
    const starts = (this.#startsOnTrial.get(version) ?? 0) + 1
    this.#startsOnTrial.set(version, starts)
    expect(starts, 'a new model has three starts').toBeLessThanOrEqual(3)
  }

  /** Runs something on the device until it is done, or the device dies. */
  async #live(fates: readonly Fate[], work: (setting: Setting) => Promise<string>): Promise<string> {
    const steps = fates.values()
    let die = () => undefined as undefined
    const death = new Promise<string>((resolve) => {
      die = () => void resolve('died')
    })
    const store = new FolderStore(this.folder, () => {
      const fate = steps.next().value ?? 'fine'
      if (fate === 'dies') die()
      return fate
    })
    return Promise.race([work(this.#setting(store)), death])
  }

  #setting(store: FolderStore): Setting {
    const source = { url: 'http://releases.test/', publicKeys: [PUBLIC_KEY] }
    return { app: makeApp({ source }), store, tools: nodeTools }
  }

  #answer(url: string, { range: asked = '' }: Record<string, string>, weather: Weather): Response {
    const path = new URL(url).pathname.slice(1)
    const former = this.#releases.find(({ files }) => path !== 'manifest.json' && path in files)
    const bytes = (former ?? this.#offered)?.files[path]
    if (weather === 'offline') throw new TypeError('fetch failed')
    if (weather === 'error') return new Response('busy', { status: 503 })
    if (weather === 'missing' || bytes === undefined) return new Response('nothing', { status: 404 })
    const from = weather === 'ignores range' ? 0 : Number(/bytes=(\d+)-/.exec(asked)?.[1] ?? 0)
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }
    const body = Buffer.from(bytes.subarray(from))
    if (weather === 'tampers') body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1
    return new Response(streamOf(weather === 'longer' ? Buffer.concat([body, body]) : body, weather === 'cut'), {
      status: from > 0 ? 206 : 200,
      headers: { etag: `"${path}"`, ...(from > 0 ? range : {}) },
    })
  }

  #corrupt(): void {
    const models = join(this.folder, 'models')
    for (const name of existsSync(models) ? readdirSync(models) : [])
      writeFileSync(join(models, name), 'not what it was')
    this.#damaged = true
    this.#startsOnTrial.clear() // what was on trial is lost, and may come again
  }

  #clear(): void {
    rmSync(this.folder, { recursive: true, force: true })
    this.#startsOnTrial.clear()
    this.#rolledBack.clear()
    this.#seen = 0
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function streamOf(bytes: Uint8Array, isCut: boolean): ReadableStream {
  const parts = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift()
      if (part === undefined) controller.close()
      else if (isCut && parts.length === 0) controller.error(new TypeError('terminated'))
      else controller.enqueue(part)
    },
  })
}

test('whatever happens, a confirmed model can be run; what is bad is left after three starts; a good release gets there', async () => {
  const folder = makeFolder()
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
      const world = new World(folder)
      for (const event of events) await world.happen(event)
      // The weather clears up, and there is a good release.
      world.release('good', 100)
      expect(await world.update()).toBe('staged')
      const version = await world.start()
      expect(await world.update()).toBe('up_to_date')
      expect(await world.start()).toBe(version)
      expect(readState(world.folder)).toMatchObject({ trial: null, confirmed: { version } })
    }),
    { numRuns: 60 },
  )
})

test.each(['dies', 'refuses'] as const)('whatever step of an update it is at which the disk %s', async (fate) => {
  const folder = makeFolder()
  const world = async (kind: Kind) => {
    const made = new World(folder)
    made.release('good', 100)
    await made.update()
    await made.start()
    made.release(kind, 100)
    return made
  }
  for (const kind of KINDS) {
    for (let step = 0; step < 12; step++) {
      const first = await world(kind)
      await first.happen({ do: 'update', weather: ['fine', 'fine', 'cut'], disk: atStep(step, fate) })
      const second = await world(kind)
      await second.update()
      await second.happen({ do: 'start', disk: atStep(step, fate) })
      for (let start = 0; start < 5; start++) await second.happen({ do: 'start', disk: [] })
      expect(readState(second.folder).trial, kind).toBeNull()
      expect(await second.start()).toBe(kind === 'good' ? 3 : 2)
    }
  }
})
