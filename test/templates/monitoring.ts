import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parser } from '@prometheus-io/lezer-promql'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { makeEnvironment, renderText } from '../../src/render/environment.ts'
import { configWith, TEMPLATE_DIR } from './render-template.ts'

const FILES = `${TEMPLATE_DIR}/features/monitoring/files`

const rendered = new Map<Config, Map<string, string>>()

/** One template of the feature, rendered as the generator does it; once for each Config, since compiling takes a while. */
export function renderMonitoring(file: string, config: Config): string {
  const ofConfig = rendered.get(config) ?? new Map<string, string>()
  rendered.set(config, ofConfig)
  const text =
    ofConfig.get(file) ?? renderText(makeEnvironment(), file, readFileSync(`${FILES}/${file}.njk`, 'utf8'), config)
  ofConfig.set(file, text)
  return text
}

export const DEPLOY = { kserve: false, ingress: 'none', autoscale: 'cpu', monitoring: true } as const

/** Whole seconds, a part of one, and less than a tenth of a millisecond; few failures, many, and nearly all. */
const BUDGETS = {
  classification: { latency_p99_ms: 2000, availability: 0.999, throughput_rps: 50 },
  regression: { latency_p99_ms: 30, availability: 0.5, throughput_rps: 50 },
  tensor: { latency_p99_ms: 0.05, availability: 0.99999, throughput_rps: 50 },
} as const

/** Every combination of options that changes what is watched, with budgets that are written in unlike ways. */
export const COMBINATIONS: readonly (readonly [name: string, config: Config])[] = [
  ['a classifier', configWith({ options: { deploy: DEPLOY } })],
  ...(['classification', 'regression', 'tensor'] as const).flatMap((task) =>
    ([null, 'memory', 'redis', 'both'] as const).flatMap((tier) =>
      [false, true].map((kept): [string, Config] => {
        const options = {
          deploy: DEPLOY,
          ...(tier && { data_cache: { tier } }),
          ...(kept && { prediction_cache: { ttl_s: 60 } }),
        }
        const budget = BUDGETS[task]
        const name = `2d-${task}`
        return [
          `${task}, cache ${tier ?? 'off'}, predictions ${kept ? 'kept' : 'not kept'}`,
          { ...configWith(), name, task, budget, options },
        ]
      }),
    ),
  ),
  ['a server that KServe scales to zero', configWith({ options: { deploy: { ...DEPLOY, kserve: true } } })],
]

export interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** All rules of a file of Prometheus. */
export function readRules(text: string): readonly Rule[] {
  const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(text)
  return groups.flatMap(({ rules }) => rules)
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly uid: string }
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } }
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[]
  }
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
}

export function readDashboard(config: Config): Dashboard {
  return JSON.parse(renderMonitoring('manifests/components/monitoring/dashboard.json', config))
}

/** The queries of a dashboard as Grafana sends them for one server and all of its instances. */
export function queriesOf(
  { panels }: Dashboard,
  job: string,
): readonly { readonly panel: string; readonly expr: string }[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$job', job).replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m'),
    })),
  )
}

/** The names of the series that a query reads. Throws when it is no PromQL. */
export function metricsIn(expr: string): readonly string[] {
  const names: string[] = []
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`)
      if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector') names.push(expr.slice(from, to))
    },
  })
  return names
}

/** Whether a program of Prometheus is here; says so when it is not. */
export function hasPrometheus(program: 'promtool' | 'prometheus'): boolean {
  const found = spawnSync(program, ['--version']).status === 0
  if (!found) console.warn(`skipped: ${program} is not installed (Debian: apt-get install prometheus)`)
  return found
}
