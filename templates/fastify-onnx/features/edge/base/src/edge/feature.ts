import type { RouteOptions } from 'fastify'
import type { Feature } from '../feature.ts'
import { doors } from './doors.ts'
import { options } from './options.ts'
import { env } from './settings.ts'

/** GUARD_EDGE: no key, no token, no rate limit. */
function leaveOpen(route: RouteOptions): void {
  route.config = { ...route.config, isOpen: true }
}

/** What `npm run edge:export` wrote for browsers is shown at /edge/. */
export const feature: Feature<typeof env> = {
  name: 'edge',
  env,
  async register(app, context) {
    if (!options.host) return
    await app.register(async (edge) => {
      if (context.config.GUARD_EDGE === 'off') edge.addHook('onRoute', leaveOpen)
      for (const open of doors) await open(edge, context)
    })
  },
}
