import type { FastifyInstance } from 'fastify'
import { type Everyone, joinEveryone } from '../cluster/everyone.ts'
import { type JsonSchema, objectSchema } from '../json-schema.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { Json } from '../transforms/types.ts'
import { assertId } from './ids.ts'
import type { KeyMatch } from './tier.ts'
import { addReports, type WarmReport, warmAll } from './warm.ts'

/** What POST /cache/warm takes: which ids, and whether those that are cached are loaded again. */
export interface WarmRequest {
  readonly ids?: readonly string[]
  readonly all?: boolean
  readonly refresh?: boolean
}

/** What POST /cache/clear takes: one of them. */
export interface ClearRequest {
  readonly id?: string
  /** What other versions of the preprocessing have left. */
  readonly stale?: boolean
  readonly all?: boolean
}

const YES: JsonSchema = { type: 'boolean' }
const COUNT: JsonSchema = { type: 'integer' }
const WARM: JsonSchema = {
  additionalProperties: false,
  ...objectSchema({ ids: { type: 'array', items: { type: 'string' } }, all: YES, refresh: YES }, [
    'ids',
    'all',
    'refresh',
  ]),
}
const CLEAR: JsonSchema = {
  additionalProperties: false,
  ...objectSchema({ id: { type: 'string' }, stale: YES, all: YES }, ['id', 'stale', 'all']),
}
const REPORT = objectSchema({
  ids: COUNT,
  cached: COUNT,
  loaded: COUNT,
  missing: COUNT,
  unsaved: COUNT,
  failed: COUNT,
  problems: { type: 'array', items: objectSchema({ id: { type: 'string' }, detail: { type: 'string' } }) },
})

/**
 * POST /cache/warm and /cache/clear, for all processes of this server. Only where callers have to say who they are: whoever may
 * clear the cache may slow down everybody else.
 */
export async function addAdminRoutes(app: FastifyInstance, atOnce: number): Promise<void> {
  const warming = await joinEveryone('cache warm', async (question) => ({
    ...(await warmHere(app, Object(question), atOnce)),
  }))
  const clearing = await joinEveryone('cache clear', async (match) => app.dataCache.clear(Object(match), 'memory'))
  app.addHook('onClose', async () => {
    warming.leave()
    clearing.leave()
  })
  if (!app.guards.authenticator) return
  const tags = ['cache']
  app.post<{ Body: WarmRequest }>(
    '/cache/warm',
    { schema: { tags, body: WARM, response: { 200: REPORT } } },
    async ({ body }) => warmEverywhere(warming, checkWarm(body)),
  )
  app.post<{ Body: ClearRequest }>(
    '/cache/clear',
    { schema: { tags, body: CLEAR, response: { 200: objectSchema({ cleared: COUNT }) } } },
    async ({ body }) => ({ cleared: await clearEverywhere(app, clearing, matchOf(app.dataCache.keys, body)) }),
  )
}

/** The keys that a request to clear means. Throws InvalidInput. */
export function matchOf(keys: FastifyInstance['dataCache']['keys'], { id, stale, all }: ClearRequest): KeyMatch {
  if ([id !== undefined, stale, all].filter(Boolean).length !== 1) {
    throw new InvalidInput({ pointer: '', detail: 'say one of "id", "stale": true or "all": true' })
  }
  if (id === undefined) return all ? keys.matchAll() : keys.matchStale()
  assertId(id, '/id')
  return keys.matchId(id)
}

function checkWarm(body: WarmRequest): WarmRequest {
  if ((body.ids === undefined) === !body.all) {
    throw new InvalidInput({ pointer: '', detail: 'say either "ids" or "all": true' })
  }
  for (const [index, id] of (body.ids ?? []).entries()) assertId(id, `/ids/${index}`)
  return body
}

function warmHere({ dataCache }: FastifyInstance, { ids, refresh }: WarmRequest, atOnce: number): Promise<WarmReport> {
  return warmAll(dataCache, ids ?? dataCache.source.list(), { anew: refresh === true, atOnce })
}

async function warmEverywhere(warming: Everyone, { ids, all, refresh }: WarmRequest): Promise<WarmReport> {
  const question: Json = { ...(ids && { ids }), ...(all && { all }), ...(refresh && { refresh }) }
  const reports = await warming.ask(question)
  return addReports(reports.map((report): WarmReport => Object(report)))
}

/** The memory of each process, and what they share once. */
async function clearEverywhere({ dataCache }: FastifyInstance, clearing: Everyone, match: KeyMatch): Promise<number> {
  const shared = await dataCache.clear(match, 'shared')
  const counts = await clearing.ask({ ...match, except: match.except ?? null })
  return counts.reduce<number>((sum, count) => sum + Number(count), shared)
}
