import { readIds, type WarmReport, warmAll } from '../warm.ts'
import { askServer } from './admin-client.ts'
import { readWarmArguments, type WarmArguments } from './arguments.ts'
import { defaultUrl, hasSharedTier, readConfig, runCommand, withCache } from './with-cache.ts'

const USAGE = 'npm run cache:warm -- (--ids FILE | --all) [--refresh] [--at-once N] [--url URL]'
const PROGRESS_MS = 1000

// Fills the cache: Redis, from here; the memory of a running server, by asking it.

await runCommand(USAGE, async () => {
  const args = readWarmArguments(process.argv.slice(2))
  const config = readConfig()
  const report =
    args.url === null ? await withCache(config, async (app) => (hasSharedTier(app) ? fill(app, args) : null)) : null
  const done: WarmReport =
    report ?? Object(await askServer(args.url ?? defaultUrl(config), '/cache/warm', await bodyOf(args)))
  console.log(describe(done))
  for (const { id, detail } of done.problems) console.log(`  ${id}: ${detail}`)
  return done.failed + done.unsaved === 0 ? 0 : 1
})

function fill({ dataCache }: Parameters<Parameters<typeof withCache>[1]>[0], args: WarmArguments): Promise<WarmReport> {
  let saidAt = performance.now()
  const ids = args.idsFile === null ? dataCache.source.list() : readIds(args.idsFile)
  return warmAll(dataCache, ids, {
    anew: args.refresh,
    atOnce: args.atOnce,
    onProgress(done) {
      if (performance.now() - saidAt < PROGRESS_MS) return
      saidAt = performance.now()
      console.error(`${done} ids`)
    },
  })
}

async function bodyOf({ idsFile, refresh }: WarmArguments): Promise<object> {
  if (idsFile === null) return { all: true, refresh }
  const ids: string[] = []
  for await (const id of readIds(idsFile)) ids.push(id)
  return { ids, refresh }
}

function describe({ ids, cached, loaded, missing, unsaved, failed }: WarmReport): string {
  return `${ids} ids: ${loaded} loaded, ${cached} cached already, ${missing} without data, ${unsaved} not saved, ${failed} failed`
}
