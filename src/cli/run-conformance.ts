import { type ConformanceRequest, checkConformance, type Scorecard } from '../conformance/run.ts'
import { CreateError } from '../errors.ts'
import type { ConformanceFlags } from './conformance-command.ts'
import { EXIT_CODES } from './exit-code.ts'
import { errorDocument } from './print.ts'
import { withProgress } from './progress.ts'
import { formatScorecard } from './scorecard.ts'

/** Asks a server all cases and prints the scorecard; exit code 1 when it does not conform. */
export async function runConformance(url: string, flags: ConformanceFlags): Promise<number> {
  const request = toRequest(url, flags)
  const check = () => checkConformance(request)
  const card = await (flags.json ? check() : withProgress(`Asking ${request.url}`, check))
  process.stdout.write(flags.json ? scorecardDocument(card) : formatScorecard(card, process.stdout.columns ?? 80))
  return card.conforms ? 0 : EXIT_CODES.runtime
}

function toRequest(url: string, flags: ConformanceFlags): ConformanceRequest {
  const { model, input, header = [], timeout = '10', insecure = false, limits = false } = flags
  const headers = Object.fromEntries(header.map(readHeader))
  return { url: readUrl(url), model, input, headers, insecure, limits, timeout: readTimeout(timeout) }
}

/** Without the slash at its end, and without the protocol's own `/v2`. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && ['http:', 'https:'].includes(url.protocol))
    return `${url.origin}${url.pathname}`.replace(/(\/v2)?\/*$/, '')
  const hint = /^[\w.-]+(:\d+)?(\/|$)/.test(text) ? `Is it http://${text}?` : 'It looks like http://127.0.0.1:8000.'
  throw new CreateError('usage', `"${text}" is no URL of a server`, { hint })
}

/** The value of a wrong one may be a secret: it is not repeated. */
function readHeader(line: string): [string, string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*([\x20-\x7e]*)$/.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name.toLowerCase(), value.trim()]
  throw new CreateError('usage', '--header is no "Name: value"', { hint: "Such as --header 'X-API-Key: secret'." })
}

function readTimeout(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 3600) return seconds * 1000
  throw new CreateError('usage', `--timeout ${text} is no number of seconds from 0 to 3600`)
}

function scorecardDocument({ conforms, ...card }: Scorecard): string {
  const failed = card.cases.filter(({ status, level }) => status === 'fail' && level !== 'recommended')
  const issues = failed.map(({ id, expected, got }) => ({ path: id, message: `expected ${expected}, got ${got}` }))
  const error = new CreateError('runtime', `${card.url} does not conform`, { issues })
  const head = conforms ? { schema: 1, ok: true } : errorDocument(error)
  return `${JSON.stringify({ ...head, conforms, ...card }, null, 2)}\n`
}
