import nunjucks from 'nunjucks'

declare module 'nunjucks' {
  // Exported by nunjucks, forgotten by its types.
  const parser: { parse(text: string): unknown }
}

/** A node of nunjucks' syntax tree; its types are not published. */
interface Node {
  readonly typename?: string
  readonly value?: unknown
  readonly fields?: readonly string[]
  readonly [field: string]: unknown
}

/**
 * The names that a template reads from its context: nunjucks renders a name that is not there as nothing in too many places
 * (`{% if x %}`, `{% for a in x %}`, `{{ x | upper }}`) for `throwOnUndefined` to be relied on.
 */
export function freeSymbols(text: string): Set<string> {
  const found = new Set<string>()
  walk(nunjucks.parser.parse(text), new Set(['loop']), found)
  return found
}

function walk(node: unknown, bound: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) walk(item, bound, found)
  if (!isNode(node)) return
  if (node.typename === 'Symbol' && !bound.has(String(node.value))) found.add(String(node.value))
  const inner = new Set([...bound, ...namesBoundBy(node)])
  for (const field of fieldsRead(node)) walk(node[field], inner, found)
}

/** A filter's name and the key of `{data: x}` are symbols to nunjucks, but nothing is read for them. */
function fieldsRead({ typename, fields = [] }: Node): readonly string[] {
  if (typename === 'Filter') return ['args']
  if (typename === 'Pair') return ['value']
  return typename === 'Symbol' ? [] : fields
}

/** `{% for a, b in x %}` and `{% set a = x %}` bring names of their own. */
function namesBoundBy(node: Node): string[] {
  if (node.typename === 'For') return symbolsIn(node.name)
  if (node.typename === 'NodeList' || node.typename === 'Root')
    return childrenOf(node).flatMap((child) => (child.typename === 'Set' ? symbolsIn(child.targets) : []))
  return []
}

function childrenOf(node: Node): Node[] {
  return Array.isArray(node.children) ? node.children.filter(isNode) : []
}

function symbolsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(symbolsIn)
  if (!isNode(node)) return []
  return node.typename === 'Symbol' ? [String(node.value)] : childrenOf(node).flatMap(symbolsIn)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'typename' in value
}
