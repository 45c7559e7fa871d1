import { relative } from 'node:path'
import chalk from 'chalk'
import type { Config, TensorConfig } from '../config/config.ts'
import type { Change } from '../write/compare.ts'

/** What a finished command says, for a person and for a program. */
export interface Report {
  readonly target: string
  readonly changes: readonly Pick<Change, 'path' | 'action' | 'owner'>[]
  readonly warnings: readonly string[]
  /** The commands to type next. */
  readonly next: readonly string[]
}

/** The one document of --json (CLI.md). */
export function successDocument({ target, changes, warnings, next }: Report): string {
  const files = changes.map(({ path, action, owner }) => ({ path, action, owner }))
  return `${JSON.stringify({ schema: 1, ok: true, target, files, warnings, next }, null, 2)}\n`
}

/** `  input   float_input    float32 (batch,4)`: the model's interface, a line each. */
export function describeInterface(config: Config): string {
  const line = (kind: string) => (tensor: TensorConfig) => [kind, tensor.name, `${tensor.dtype} ${showDims(tensor)}`]
  const answered = config.predict.output ?? 'all outputs by name'
  const rows = [
    ...config.inputs.map(line('input')),
    ...config.outputs.map(line('output')),
    ['task', config.task, `/predict answers ${answered}${config.rows ? ', one per row' : ''}`],
  ]
  return alignRows(rows)
}

/** Rows of cells as indented lines, the first two columns aligned. */
export function alignRows(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((text) => `${text}\n`)
    .join('')
}

function showDims({ shape }: TensorConfig): string {
  return shape === null ? '(any rank)' : `(${shape.join(',')})`
}

const ORDER = ['conflict', 'remove', 'update', 'create', 'keep', 'identical'] as const

/** `42 files: 40 identical, 2 update`, then each file that is not as it was (all of them with `every`). */
export function describeChanges(changes: Report['changes'], every: boolean): string {
  const isNew = changes.every(({ action }) => action === 'create')
  const listed = isNew && !every ? [] : changes.filter(({ action }) => action !== 'identical')
  const lines = listed.map(
    ({ action, path, owner }) => `  ${paintAction(action)} ${path}${owner === 'team' ? chalk.dim(' (yours)') : ''}\n`,
  )
  return `  ${changes.length} files: ${countChanges(changes)}\n${lines.join('')}`
}

/** `40 identical, 2 update` */
export function countChanges(changes: Report['changes']): string {
  const counts = ORDER.map((action) => [action, changes.filter((change) => change.action === action).length] as const)
  return counts
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${action}`)
    .join(', ')
}

function paintAction(action: Change['action']): string {
  const text = action.padEnd(9)
  if (action === 'conflict') return chalk.red(text)
  if (action === 'identical' || action === 'keep') return chalk.dim(text)
  return chalk.green(text)
}

/** A path as one types it from the current folder. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
