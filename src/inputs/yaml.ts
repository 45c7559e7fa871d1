import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { CreateError, type Issue } from '../errors.ts'

export type YamlPath = readonly (string | number)[]

/** A YAML file that was read: its value, and where in the text each part of it stands. */
export interface YamlFile {
  /** The path as messages show it. */
  readonly file: string
  readonly text: string
  readonly document: Document
  readonly value: unknown
  /** Where the value at a path stands; its nearest parent when it is not there. */
  locate(path: YamlPath): Place
  /** The same for the key of a map entry: what to point at when the key itself is wrong. */
  locateKey(path: YamlPath): Place
}

/** A file and 1-based line and column, or the flag that a value came from. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly col?: number
}

/**
 * Parses one YAML 1.2 document.
 * @throws CreateError `invalid` with the position of every syntax error; tabs, duplicate keys and second documents are among them.
 */
export function parseYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const issues = document.errors.map((error): Issue => {
    const { line, col } = lines.linePos(error.pos[0])
    return { file, line, col, message: explainSyntax(error.code, error.message, text.slice(error.pos[0])) }
  })
  if (issues.length > 0) throw new CreateError('invalid', `${file} is not valid YAML`, { issues })
  return { file, text, document, value: document.toJS(), ...locators(file, document, lines) }
}

function explainSyntax(code: string, message: string, rest: string): string {
  if (code === 'TAB_AS_INDENT' || rest.startsWith('\t')) return 'a tab is used for indentation; YAML allows spaces only'
  if (code === 'MULTIPLE_DOCS') return 'a second document starts here (---); one file holds one document'
  if (code === 'DUPLICATE_KEY') return 'this key stands twice; keep one of them'
  return message
}

function locators(file: string, document: Document, lines: LineCounter): Pick<YamlFile, 'locate' | 'locateKey'> {
  const positionOf = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { file, line: Math.max(line, 1), col: Math.max(col, 1) }
  }
  const locate = (path: YamlPath): Place => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    if (isNode(node) && node.range) return positionOf(node.range[0])
    return path.length === 0 ? positionOf(0) : locateKey(path)
  }
  const locateKey = (path: YamlPath): Place => {
    const parent = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true)
    const pair = isMap(parent) ? parent.items.find((item) => keyOf(item.key) === String(path.at(-1))) : undefined
    if (pair && isNode(pair.key) && pair.key.range) return positionOf(pair.key.range[0])
    return locate(path.slice(0, -1))
  }
  return { locate, locateKey }
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}
