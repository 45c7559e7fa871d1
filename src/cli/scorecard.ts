import chalk from 'chalk'
import type { CaseResult, Scorecard } from '../conformance/run.ts'
import { alignRows } from './report.ts'

/** The scorecard as a person reads it, in lines of at most `columns`: who was asked, the groups, what failed, the counts last. */
export function formatScorecard(card: Scorecard, columns: number): string {
  const width = Math.min(columns, 120)
  const parts = [
    describeServer(card),
    describeGroups(card.cases),
    ...card.cases.filter(({ status }) => status === 'fail').map((one) => describeFailure(one, width)),
    describeSkips(card.cases, width),
    `${describeVerdict(card)}${describeCounts(card.counts)}\n`,
  ]
  return parts.filter(Boolean).join('\n')
}

function describeServer({ url, model, server, metadata }: Scorecard): string {
  const extensions = server?.extensions.length ? `  extensions: ${server.extensions.join(', ')}` : ''
  const title = `${chalk.bold(url)}  ${server ? `${server.name} ${server.version}` : '(no server metadata)'}${extensions}\n`
  const ports = [
    ...(metadata?.inputs ?? []).map((port) => ['input', port] as const),
    ...(metadata?.outputs ?? []).map((port) => ['output', port] as const),
  ]
  const rows = ports.map(([kind, { name, datatype, shape }]) => [kind, name, `${datatype} [${shape.join(',')}]`])
  return title + alignRows([['model', model, metadata?.platform ?? '(no model metadata)'], ...rows])
}

function groupOf({ id }: CaseResult): string {
  return id.split('/')[0] ?? id
}

function describeGroups(cases: readonly CaseResult[]): string {
  const groups = [...new Set(cases.map(groupOf))]
  const width = Math.max(...groups.map((group) => group.length))
  return groups
    .map((group) => {
      const some = cases.filter((one) => groupOf(one) === group)
      const failed = some.filter(({ status }) => status === 'fail')
      const sign =
        failed.length > 0
          ? signOf(failed)
          : some.every(({ status }) => status === 'skip')
            ? chalk.dim('-')
            : chalk.green('✔')
      return `  ${sign} ${group.padEnd(width)}  ${describeGroupCounts(countOf(some))}\n`
    })
    .join('')
}

/** A recommendation that is not met is no failure of the protocol. */
function signOf(failed: readonly CaseResult[]): string {
  return failed.every(({ level }) => level === 'recommended') ? chalk.yellow('!') : chalk.red('✖')
}

function describeFailure(result: CaseResult, width: number): string {
  const { id, title, level, expected = '', got = '', source } = result
  const rows = Object.entries({ expected, got, see: source }).map(
    ([word, text]) => `    ${word.padEnd(8)}  ${wrap(text, width - 14).join(`\n${' '.repeat(14)}`)}\n`,
  )
  return `${signOf([result])} ${chalk.bold(id)} ${chalk.dim(`(${level})`)}\n  ${title}\n${rows.join('')}`
}

/** Of cases skipped for one reason: more of them than this are counted, not named. */
const MANY = 12

function describeSkips(cases: readonly CaseResult[], width: number): string {
  const reasons = [...new Set(cases.flatMap(({ reason }) => reason ?? []))]
  const lines = reasons.map((reason) => {
    const ids = cases.filter((one) => one.reason === reason).map(({ id }) => id)
    const which = ids.length > MANY ? `${ids.length} cases` : ids.join(', ')
    return wrap(`${reason}: ${which}`, width - 4).join('\n    ')
  })
  return lines.length === 0 ? '' : `Skipped:\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function describeVerdict({ conforms, cases }: Scorecard): string {
  const failed = cases.filter(({ status }) => status === 'fail')
  const hints = failed.filter(({ level }) => level === 'recommended').length
  const not = conforms ? chalk.green('✔ It conforms') : chalk.red('✖ It does not conform')
  const recommended = `  ${hints} of the failed ${hints === 1 ? 'is' : 'are'} recommended only.\n`
  return `${not} to the Open Inference Protocol V2.\n${hints === 0 ? '' : recommended}`
}

function countOf(cases: readonly CaseResult[]): Scorecard['counts'] {
  const count = (status: CaseResult['status']) => cases.filter((one) => one.status === status).length
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') }
}

function describeCounts({ passed, failed, skipped }: Scorecard['counts']): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** Without what is none. */
function describeGroupCounts(counts: Scorecard['counts']): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  return some.map(([word, count]) => `${count} ${word}`).join(', ')
}

/** Lines of at most `width` characters, broken at spaces where there are any. */
function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [text]
  const space = text.lastIndexOf(' ', width)
  const end = space > width / 2 ? space : width
  return [text.slice(0, end), ...wrap(text.slice(end).trimStart(), width)]
}
