import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { freePort, type RunningServer, runServer } from '../../scripts/run-server.ts'
import type { Config } from '../../src/config/config.ts'
import { create } from '../../src/create.ts'
import { IRIS_VARS, makeFolder, makeSharedFolder, writeFiles } from '../helpers/folder.ts'
import { IRIS, ROOT } from '../helpers/paths.ts'
import { startProcess, until } from '../helpers/processes.ts'
import { hasRedis, startRedis } from '../helpers/redis.ts'
import { type Dashboard, hasPrometheus, metricsIn, queriesOf, readRules } from './monitoring.ts'

/** A built server that is watched. */
interface Watched {
  readonly target: string
  readonly config: Config
  /** Bodies of requests, those that are refused among them. */
  readonly bodies: readonly object[]
}

const REFUSED = { data: 'what no model takes', more: true }
const TIER = hasRedis() ? 'both' : 'memory'
/** Far more than a test asks for, so that some are always new. */
const IDS = Array.from({ length: 3000 }, (_, index) => `digit-${index}`)

async function build(folder: string): Promise<Pick<Watched, 'target' | 'config'>> {
  const { project } = await create({ cwd: folder, variableFile: 'vars.yaml' })
  const { target } = project.inputs
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  await execa({ cwd: target })`npm run build`
  return { target, config: project.config }
}

/** Rows, always new ones among them, whose answers are kept. */
async function buildIris(): Promise<Watched> {
  const options = 'options: {deploy: {monitoring: true}, prediction_cache: {}, grpc: {port: 8001}}\n'
  const folder = makeSharedFolder({ 'vars.yaml': `${IRIS_VARS}${options}` })
  for (const file of ['iris.onnx', 'label.json']) copyFileSync(join(IRIS, file), join(folder, file))
  const again = { data: [[5.1, 3.5, 1.4, 0.2]] }
  const bodies = IDS.flatMap((_, index) => [{ data: [[5 + index / 1000, 3.5, 1.4, 0.2]] }, again, REFUSED])
  return { ...(await build(folder)), bodies }
}

/** Images by id, kept in memory, and in Redis where there is one. */
async function buildDigits(): Promise<Watched> {
  const digits = join(ROOT, 'examples/digits')
  const options = `options: {deploy: {monitoring: true}, data_cache: {tier: ${TIER}}}\n`
  const folder = makeSharedFolder({ 'vars.yaml': `${readFileSync(join(digits, 'vars.yaml'), 'utf8')}\n${options}` })
  for (const file of ['digits.onnx', 'digit.png', 'label.json']) copyFileSync(join(digits, file), join(folder, file))
  const built = await build(folder)
  mkdirSync(join(built.target, 'data'), { recursive: true })
  for (const id of IDS) copyFileSync(join(digits, 'digit.png'), join(built.target, 'data', `${id}.png`))
  return { ...built, bodies: IDS.flatMap((data) => [{ data }, { data: 'digit-0' }, REFUSED]) }
}

async function run({ target, config }: Watched, env: Record<string, string> = {}): Promise<RunningServer> {
  const redis = config.options.data_cache && TIER === 'both' ? { REDIS_URL: (await startRedis()).url } : {}
  const server = await runServer(target, { INFERENCE_THREADS: '0', GRPC_PORT: '0', ...redis, ...env })
  onTestFinished(async () => void (await server.stop()))
  return server
}

/** Asks one thing after the other, until told to stop. */
function keepAsking({ url }: RunningServer, bodies: readonly object[]): () => Promise<void> {
  let stopped = false
  async function ask(): Promise<void> {
    for (let turn = 0; !stopped; turn += 1) {
      const body = JSON.stringify(bodies[turn % bodies.length])
      await (
        await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      ).text()
      await sleep(2)
    }
  }
  const asking = ask()
  const stop = async () => {
    stopped = true
    await asking
  }
  // Before the server is gone.
  onTestFinished(stop)
  return stop
}

const rulesOf = ({ target }: Watched) => readRules(readFileSync(join(target, 'monitoring/rules.yaml'), 'utf8'))

function dashboardOf({ target }: Watched): Dashboard {
  return JSON.parse(readFileSync(join(target, 'manifests/components/monitoring/dashboard.json'), 'utf8'))
}

/** What Prometheus adds by itself. */
const OF_PROMETHEUS = ['up', 'ALERTS']
/** Needs a day: what was a day ago. */
const NOT_YET = ['Shift of the classes']

describe.each([
  ['rows, whose answers are kept', await buildIris()],
  ['images by id', await buildDigits()],
])('a server of %s', (_name, watched) => {
  const rules = rulesOf(watched)
  const dashboard = dashboardOf(watched)
  const queries = queriesOf(dashboard, watched.config.name)

  test('exports every metric that its rules and its dashboard name', async () => {
    const server = await run(watched)
    const stop = keepAsking(server, watched.bodies)
    await sleep(200)
    await stop()
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const exported = new Set([...text.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name]) => name))
    const recorded = rules.flatMap(({ record }) => record ?? [])
    const asked = [...rules, ...queries, ...dashboard.annotations.list].flatMap(({ expr }) => metricsIn(expr))
    const variables = dashboard.templating.list.flatMap(({ definition }) => definition?.match(/inference_\w+/g) ?? [])
    expect(variables.length).toBeGreaterThan(1)
    const known = [...exported, ...recorded, ...OF_PROMETHEUS]
    for (const name of [...asked, ...variables]) expect(known).toContain(name)
  })

  test('writes no field into its log that docs/logs.md does not explain', async () => {
    const server = await run(watched, { REQUEST_LOG: 'all', PREDICTION_LOG: 'all' })
    const stop = keepAsking(server, watched.bodies)
    await sleep(200)
    await stop()
    await server.stop()
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    const fields = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))))
    expect([...fields]).toEqual(
      expect.arrayContaining(['level', 'time', 'msg', 'request_id', 'status', 'log', 'output']),
    )
    const docs = readFileSync(join(watched.target, 'docs/logs.md'), 'utf8')
    const explained = [...docs.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => cell?.match(/\w+/g) ?? [])
    for (const field of fields) expect(explained).toContain(field)
  })

  test.skipIf(!hasPrometheus('prometheus'))(
    'is watched by a real Prometheus (Debian: prometheus): all rules and panels work, and have data',
    async () => {
      const server = await run(watched)
      const stop = keepAsking(server, watched.bodies)
      const prometheus = await startPrometheus(watched, new URL(server.url).host)
      // Two scrapes make a rate, and the rules see it at the next evaluation.
      await until(async () => (await prometheus.query('job:inference_slow:ratio_rate5m >= 0')).length > 0)
      await until(async () => (await prometheus.query('job:inference_request_duration_seconds:p99_10m > 0')).length > 0)

      for (const { expr } of rules) await prometheus.query(expr)
      expect((await prometheus.rules()).filter(({ health }) => health !== 'ok')).toEqual([])
      for (const { panel, expr } of queries) {
        const values = await prometheus.query(expr)
        if (NOT_YET.includes(panel)) continue
        expect(values.some(Number.isFinite), `${panel}: ${expr} has ${values.join(', ') || 'nothing'}`).toBe(true)
      }
      expect(await prometheus.query('ALERTS{alertname="InferenceNoneReady"}')).toEqual([])
      expect(await prometheus.query(`inference_ready{job="${watched.config.name}"}`)).toEqual([1])
      await stop()
    },
  )
})

interface Prometheus {
  /** The values of an instant query now. Throws what is wrong with it. */
  query(expr: string): Promise<readonly number[]>
  rules(): Promise<readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]>
}

/** With the server's own settings and rules, but more often, and asking the server where it is. */
async function startPrometheus({ target }: Watched, host: string): Promise<Prometheus> {
  const settings = parse(readFileSync(join(target, 'monitoring/prometheus.yml'), 'utf8'))
  settings.global = { scrape_interval: '500ms', evaluation_interval: '500ms' }
  settings.scrape_configs[0].static_configs[0].targets = [host]
  const folder = makeFolder()
  writeFiles(folder, {
    'prometheus.yml': stringify(settings),
    'rules.yaml': readFileSync(join(target, 'monitoring/rules.yaml'), 'utf8'),
  })
  const port = await freePort()
  const args = ['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'data')]
  await startProcess('prometheus', [...args, '--web.listen-address', `127.0.0.1:${port}`], port)
  await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok)
  const get = async (path: string) => {
    const { status, error, data } = Object(await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json())
    if (status !== 'success') throw new Error(`${path}: ${error}`)
    return data
  }
  return {
    async query(expr) {
      const { resultType, result } = await get(`query?query=${encodeURIComponent(expr)}`)
      if (resultType !== 'vector') throw new Error(`${expr}: ${resultType}`)
      return result.map(({ value }: { value: [number, string] }) => Number(value[1]))
    },
    async rules() {
      const { groups } = await get('rules')
      return groups.flatMap(({ rules }: { rules: object[] }) => rules)
    },
  }
}
