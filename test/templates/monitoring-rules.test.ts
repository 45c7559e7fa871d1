import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { PROMETHEUS_RULE, RULES, toPrometheusRule } from '../../scripts/make-prometheus-rule.ts'
import { makeFolder, writeFiles } from '../helpers/folder.ts'
import { COMBINATIONS, DEPLOY, hasPrometheus, metricsIn, readRules, renderMonitoring } from './monitoring.ts'
import { configWith } from './render-template.ts'

const alertsOf = (text: string) => readRules(text).flatMap(({ alert }) => alert ?? [])

describe.each(COMBINATIONS)('the rules of %s', (_name, config) => {
  const text = renderMonitoring('monitoring/rules.yaml', config)
  const rules = readRules(text)

  it('are the same for the Prometheus Operator', () => {
    const { kind, spec } = parse(renderMonitoring('manifests/components/monitoring/prometheus-rule.yaml', config))
    expect(kind).toBe('PrometheusRule')
    expect(spec).toEqual(parse(text))
  })

  it('read series of this server alone, and of its own kind', () => {
    for (const { expr } of rules) {
      expect(metricsIn(expr).length).toBeGreaterThan(0)
      expect(expr.match(/job="[^"]*"/g)?.length).toBe(metricsIn(expr).length)
      expect(expr).not.toMatch(/job="(?!2d-|iris)/)
    }
    const names = rules.flatMap(({ expr }) => metricsIn(expr)).join('\n')
    expect(/_cache_hits/.test(names.replaceAll('prediction_cache', ''))).toBe('data_cache' in config.options)
    expect(/prediction_cache/.test(names)).toBe('prediction_cache' in config.options)
    expect(/predicted_class/.test(names)).toBe(config.task === 'classification')
  })

  it('have a section of the runbooks for each alert, and no other', () => {
    const sections = [...renderMonitoring('docs/runbooks.md', config).matchAll(/^## (.*)$/gm)].map(([, title]) => title)
    expect(alertsOf(text).sort()).toEqual(sections.sort())
    for (const { alert, labels, annotations } of rules) {
      if (alert === undefined) continue
      expect(annotations?.runbook).toBe(`docs/runbooks.md#${alert.toLowerCase()}`)
      expect(annotations?.summary).toMatch(new RegExp(`^${config.name}: .`))
      expect(['critical', 'warning']).toContain(labels?.severity)
      expect(['infra', 'software', 'ml']).toContain(labels?.team)
    }
  })

  it('have a test in which each alert fires', () => {
    const files = [
      'monitoring/rules.test.yaml',
      ...(config.task === 'classification' ? ['monitoring/classes.test.yaml'] : []),
    ]
    const fired = files.flatMap((file) => [
      ...renderMonitoring(file, config).matchAll(/^ {10}- labels: '\{alertname="(\w+)"\}'$/gm),
    ])
    const names = new Set(fired.map(([, name]) => name))
    expect([...names].sort()).toEqual(alertsOf(text).sort())
  })
})

test('the template of the PrometheusRule is the one that its script makes', () => {
  expect(readFileSync(PROMETHEUS_RULE, 'utf8')).toBe(toPrometheusRule(readFileSync(RULES, 'utf8')))
})

test.each([
  // As the server writes it, as Prometheus 2 keeps it, and as Prometheus 3 does.
  [100, '0.1', '0.1'],
  [1000, '1', '1.0'],
  [20_000, '20', '20.0'],
  [0.05, '0.00005', '5e-05'],
  [0.125, '0.000125', '0.000125'],
])('the budget of %s ms is found in the bucket that the server has for it', (latency_p99_ms, ...written) => {
  const budget = { ...configWith().budget, latency_p99_ms }
  const text = renderMonitoring('monitoring/rules.yaml', configWith({ budget, options: { deploy: DEPLOY } }))
  const [, operator, value = ''] = /le(=~?)"([^"]*)"/.exec(text) ?? []
  expect(written[0]).toBe(String(latency_p99_ms / 1000))
  for (const edge of written)
    expect(operator === '=' ? value === edge : new RegExp(`^(?:${value})$`).test(edge), edge).toBe(true)
  expect(operator === '=' || !new RegExp(`^(?:${value})$`).test('2')).toBe(true)
})

/** The rules and their tests in a folder, as the server has them. */
function writeRules(config: (typeof COMBINATIONS)[number][1]): string {
  const files = ['rules.yaml', 'rules.test.yaml', ...(config.task === 'classification' ? ['classes.test.yaml'] : [])]
  const folder = makeFolder()
  writeFiles(folder, Object.fromEntries(files.map((file) => [file, renderMonitoring(`monitoring/${file}`, config)])))
  return folder
}

describe.skipIf(!hasPrometheus('promtool'))('promtool (Debian: prometheus)', () => {
  const promtool = (...args: string[]) => execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe' })

  it.each(COMBINATIONS)('finds nothing wrong with the rules of %s', (_name, config) => {
    const folder = writeRules(config)
    expect(promtool('check', 'rules', join(folder, 'rules.yaml'))).toMatch(/SUCCESS: \d+ rules found/)
  })

  // Each takes a while: one of each budget, and together all alerts.
  const tested = COMBINATIONS.filter(([name]) =>
    /^classification, cache both, predictions kept|^(regression|tensor), cache memory, predictions not kept/.test(name),
  )
  it.each(tested)('sees each alert of %s fire, and be quiet', (_name, config) => {
    const folder = writeRules(config)
    expect(promtool('test', 'rules', join(folder, 'rules.test.yaml'))).toContain('SUCCESS')
    if (config.task === 'classification')
      expect(promtool('test', 'rules', join(folder, 'classes.test.yaml'))).toContain('SUCCESS')
  })
})
