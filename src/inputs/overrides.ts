import { isNode, isScalar, parse } from 'yaml'
import { CreateError } from '../errors.ts'
import { parseYaml, type YamlFile, type YamlPath } from './yaml.ts'

/** A value given by a flag that takes the place of one in vars.yaml. `flag` is how messages name it. */
export interface Override {
  readonly path: YamlPath
  readonly value: unknown
  readonly flag: string
}

/**
 * `server.port=9000` -> `{path: ["server", "port"], value: 9000}`; the value is read as YAML.
 * @throws CreateError `usage` when there is no `=` or no key.
 */
export function parseSet(text: string): Override {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (!key || value === undefined) {
    throw new CreateError('usage', `--set ${text}: expected key=value`, { hint: 'For example --set server.port=9000.' })
  }
  return { path: key.split('.'), value: readValue(value), flag: `--set ${text}` }
}

function readValue(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return text // not YAML (`@org/team`, a lone bracket): meant as the string that it is
  }
}

/**
 * Writes the overrides into the document, comments kept. A document in which nothing changes stays as it is, byte for byte.
 * Findings about an overridden value name the flag.
 */
export function applyOverrides(yaml: YamlFile, overrides: readonly Override[]): YamlFile {
  const effective = overrides.filter((override) => !sameValue(yaml, override))
  if (effective.length === 0) return yaml
  const document = yaml.document.clone()
  for (const override of effective) setDeep(document, override, yaml.file)
  const edited = parseYaml(yaml.file, document.toString({ lineWidth: 0, flowCollectionPadding: false }))
  const flagOf = (path: YamlPath) =>
    effective.find(({ path: at }) => at.every((step, i) => String(path[i]) === String(step)))?.flag
  return {
    ...edited,
    locate: (path) => (flagOf(path) ? { file: flagOf(path) ?? '' } : yaml.locate(path)),
    locateKey: (path) => (flagOf(path) ? { file: flagOf(path) ?? '' } : yaml.locateKey(path)),
  }
}

function sameValue(yaml: YamlFile, override: Override): boolean {
  if (!yaml.document.hasIn(override.path)) return false
  const now: unknown = yaml.document.getIn(override.path)
  return (isScalar(now) ? now.value : now) === override.value
}

function setDeep(document: YamlFile['document'], override: Override, file: string): void {
  const old: unknown = document.getIn(override.path, true)
  const node = document.createNode(override.value)
  if (isNode(old)) node.comment = old.comment ?? null // `name: iris  # its name` keeps its comment
  try {
    document.setIn(override.path, node)
  } catch (cause) {
    throw new CreateError(
      'usage',
      `${override.flag}: ${override.path.slice(0, -1).join('.')} in ${file} is not a map`,
      { cause },
    )
  }
}
