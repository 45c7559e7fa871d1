import type { Feature } from '../feature.ts'
import { doors } from './doors.ts'
import { options } from './options.ts'
import { env } from './settings.ts'

/** What `npm run edge:export` wrote for browsers is shown at /edge/. */
export const feature: Feature<typeof env> = {
  name: 'edge',
  env,
  async register(app, context) {
    if (!options.host) return
    for (const open of doors) await open(app, context)
  },
}
