import { matchOf } from '../admin.ts'
import { askServer } from './admin-client.ts'
import { readClearArguments } from './arguments.ts'
import { defaultUrl, hasSharedTier, readConfig, runCommand, withCache } from './with-cache.ts'

const USAGE = 'npm run cache:clear -- (--id ID | --stale | --all) [--url URL]'

// Removes entries: of Redis, from here; of the memory of a running server, by asking it.

await runCommand(USAGE, async () => {
  const { body, url } = readClearArguments(process.argv.slice(2))
  const config = readConfig()
  const cleared =
    url === null
      ? await withCache(config, async (app) =>
          hasSharedTier(app) ? app.dataCache.clear(matchOf(app.dataCache.keys, body)) : null,
        )
      : null
  const count = cleared ?? Object(await askServer(url ?? defaultUrl(config), '/cache/clear', body)).cleared
  console.log(`${count} entries removed`)
  return 0
})
