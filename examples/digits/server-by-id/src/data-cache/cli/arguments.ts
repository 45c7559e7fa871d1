import { parseArgs } from 'node:util'

/** A mistake of the one who typed it: said without a stack, exit code 2. */
export class UsageError extends Error {}

/** What `npm run cache:warm` was asked for. */
export interface WarmArguments {
  /** null: --all. */
  readonly idsFile: string | null
  readonly refresh: boolean
  readonly atOnce: number
  /** Of the running server; null: what it shares with others is filled without it. */
  readonly url: string | null
}

/** Throws UsageError. */
export function readWarmArguments(args: readonly string[]): WarmArguments {
  const { ids, all, refresh, 'at-once': atOnce, url } = parse(args, WARM_OPTIONS)
  if ((typeof ids === 'string') === (all === true)) throw new UsageError('say either --ids FILE or --all')
  const count = Number(atOnce ?? 8)
  if (!Number.isInteger(count) || count < 1) throw new UsageError('--at-once takes a whole number, at least 1')
  return {
    idsFile: typeof ids === 'string' ? ids : null,
    refresh: refresh === true,
    atOnce: count,
    url: typeof url === 'string' ? url : null,
  }
}

/** What `npm run cache:clear` was asked for: as the route takes it. */
export interface ClearArguments {
  readonly body: { readonly id: string } | { readonly stale: true } | { readonly all: true }
  readonly url: string | null
}

/** Throws UsageError. */
export function readClearArguments(args: readonly string[]): ClearArguments {
  const { id, stale, all, url } = parse(args, CLEAR_OPTIONS)
  const bodies = [
    ...(typeof id === 'string' ? [{ id }] : []),
    ...(stale === true ? [{ stale: true } as const] : []),
    ...(all === true ? [{ all: true } as const] : []),
  ]
  const [body, another] = bodies
  if (body === undefined || another !== undefined) throw new UsageError('say one of --id ID, --stale and --all')
  return { body, url: typeof url === 'string' ? url : null }
}

const WARM_OPTIONS = {
  ids: { type: 'string' },
  all: { type: 'boolean' },
  refresh: { type: 'boolean' },
  'at-once': { type: 'string' },
  url: { type: 'string' },
} as const
const CLEAR_OPTIONS = {
  id: { type: 'string' },
  stale: { type: 'boolean' },
  all: { type: 'boolean' },
  url: { type: 'string' },
} as const

function parse(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
