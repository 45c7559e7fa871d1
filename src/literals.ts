import type { Json } from './config/config.ts'

/**
 * Values of vars.yaml are data and never become code: each function writes one as a literal of a target language,
 * so that a quote, a newline, `${` or `{{` in a label stays what it is.
 */

const WIDTH = 100

/** A JSON value as TypeScript: single quotes, bare keys, one line where it fits. `indent` is the column of the line it starts on. */
export function toTypeScript(value: Json, indent = 0): string {
  const oneLine = printTypeScript(value)
  if (oneLine.length + indent <= WIDTH || typeof value !== 'object' || value === null) return oneLine
  const inner = ' '.repeat(indent + 2)
  const lines = isList(value)
    ? fillLines(
        value.map((item) => toTypeScript(item, indent + 2)),
        WIDTH - indent,
      )
    : Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${toTypeScript(item, indent + 2)}`)
  const [open, close] = isList(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join('')}${' '.repeat(indent)}${close}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** Many short items share lines, as a long row of numbers does. */
function fillLines(items: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    const fits =
      last !== undefined && !item.includes('\n') && !last.includes('\n') && last.length + item.length + 2 <= width
    if (fits) lines[lines.length - 1] = `${last}, ${item}`
    else lines.push(item)
  }
  return lines
}

function printTypeScript(value: Json): string {
  if (typeof value === 'string') return quote(value)
  if (isList(value)) return `[${value.map(printTypeScript).join(', ')}]`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : JSON.stringify(value)
  const entries = Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${printTypeScript(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

function quote(text: string): string {
  const body = escapeInvisible(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'))
  return body.includes("'") && !body.includes('"') ? `"${body}"` : `'${body.replaceAll("'", "\\'")}'`
}

function keyOf(key: string): string {
  if (key === '__proto__') return "['__proto__']" // a bare one would set the prototype
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)
}

/** Characters that a reader does not see, that end a line in some languages, or that no encoder can write (lone surrogates). */
function escapeInvisible(text: string): string {
  return text.replace(
    /[\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\ufffb]|\p{Cs}/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** JSON, indented by 2 unless said otherwise. */
export function toJson(value: Json, indent = 2): string {
  return escapeInvisible(JSON.stringify(value, null, indent))
}

const YAML_WORDS = /^(true|false|null|yes|no|on|off|y|n|~)$/i

/** A YAML flow value on one line: JSON, which YAML 1.2 contains, but plain where a word is safe. */
export function toYaml(value: Json): string {
  if (
    typeof value === 'string' &&
    /^[A-Za-z@/][\w./@-]*$/.test(value) &&
    !YAML_WORDS.test(value) &&
    !value.startsWith('@')
  )
    return value
  return escapeInvisible(JSON.stringify(value))
}

/** One word of a POSIX shell, single-quoted. */
export function toShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** One shell word inside a makefile's recipe. */
export function toMake(text: string): string {
  return toShell(text.replace(/[\r\n]+/g, ' ')).replaceAll('$', '$$$$')
}

/** A quoted value of a Dockerfile's LABEL, ENV or ARG. */
export function toDockerfile(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\$]/g, (char) => `\\${char}`)}"`
}

/** A Markdown code span, on one line, safe within a table. */
export function toCodeSpan(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|')
  const fence = '`'.repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length)) + 1)
  const pad = /^`|`$|^ .* $/.test(line) || line === '' ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}
