import { describe, expect, it } from 'vitest'
import {
  COMBINATIONS,
  metricsIn,
  type Panel,
  queriesOf,
  readDashboard,
  readRules,
  renderMonitoring,
} from './monitoring.ts'

/** Of Grafana's, those that we use. */
const UNITS = ['short', 'reqps', 'ops', 'percentunit', 's', 'bytes']

describe.each(COMBINATIONS)('the dashboard of %s', (_name, config) => {
  const dashboard = readDashboard(config)
  const { panels } = dashboard
  const shown = panels.filter(({ type }) => type !== 'row')
  const queries = queriesOf(dashboard, config.name)

  it('has panels of different ids and titles, side by side and not on top of each other', () => {
    for (const part of ['id', 'title'] as const)
      expect(new Set(panels.map((panel) => panel[part])).size).toBe(panels.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
    for (const [index, panel] of panels.entries())
      for (const other of panels.slice(index + 1))
        expect(overlap(panel, other), `${panel.title}, ${other.title}`).toBe(false)
  })

  it('leaves no gap between its lines', () => {
    const bottom = (line: number) =>
      Math.max(...panels.filter(({ gridPos }) => gridPos.y === line).map(({ gridPos }) => gridPos.y + gridPos.h))
    const lines = [...new Set(panels.map(({ gridPos }) => gridPos.y))]
    expect(lines[0]).toBe(0)
    expect(lines.slice(1)).toEqual(lines.slice(0, -1).map(bottom))
  })

  it('asks the data source that is chosen, says what each panel shows, and in which unit', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance'])
    expect(shown.length).toBeGreaterThan(15)
    for (const { title, datasource, description, fieldConfig, targets = [] } of shown) {
      expect(datasource?.uid, title).toBe('${datasource}')
      expect(description, title).toMatch(/\.$/)
      expect(UNITS, title).toContain(fieldConfig?.defaults.unit)
      expect(targets.length, title).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
      for (const { legendFormat } of targets) expect(legendFormat, title).not.toBe('')
    }
  })

  it('asks for series of the chosen server alone', () => {
    for (const { panel, expr } of queries)
      expect(expr.match(/\{job="[^"]*"/g)?.length, panel).toBe(metricsIn(expr).length)
  })

  it('reads recorded series that the rules record, and caches and classes where there are some', () => {
    const recorded = readRules(renderMonitoring('monitoring/rules.yaml', config)).map(({ record }) => record)
    const names = queries.flatMap(({ expr }) => metricsIn(expr))
    for (const name of names.filter((each) => each.includes(':'))) expect(recorded).toContain(name)
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    const { data_cache: cache } = config.options
    const tier = typeof cache === 'object' && cache !== null && 'tier' in cache ? cache.tier : undefined
    expect(rows.includes('Classes')).toBe(config.task === 'classification')
    expect(rows.includes('Data cache')).toBe(tier !== undefined)
    expect(rows.includes('Data cache: memory of the processes')).toBe(tier === 'memory' || tier === 'both')
    expect(rows.includes('Data cache: Redis')).toBe(tier === 'redis' || tier === 'both')
    expect(rows.includes('Prediction cache')).toBe('prediction_cache' in config.options)
  })
})

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}
