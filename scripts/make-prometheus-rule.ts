import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * `node --import tsx scripts/make-prometheus-rule.ts`: makes the template of the PrometheusRule from that of Prometheus' own file
 * of rules. The operator wants the same groups, two spaces deeper, and no template can include another.
 */
const FILES = join(import.meta.dirname, '../templates/fastify-onnx/features/monitoring/files')
export const RULES = join(FILES, 'monitoring/rules.yaml.njk')
export const PROMETHEUS_RULE = join(FILES, 'manifests/components/monitoring/prometheus-rule.yaml.njk')

const HEAD = `# The rules of monitoring/rules.yaml, for the Prometheus Operator. Change both, or neither.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: inference-server
  labels:
    app.kubernetes.io/name: inference-server
    app.kubernetes.io/instance: {{ name | yaml }}
spec:
`

/** The settings of the template as they are, the head above instead of its own, and the groups as \`spec\`. */
export function toPrometheusRule(rules: string): string {
  const lines = rules.trimEnd().split('\n')
  const settings = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('# ')),
  )
  const groups = lines.slice(lines.indexOf('groups:')).map((line) => (line === '' ? '' : `  ${line}`))
  return `${[...settings, ''].join('\n')}${HEAD}${groups.join('\n')}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(PROMETHEUS_RULE, toPrometheusRule(await readFile(RULES, 'utf8')))
}
