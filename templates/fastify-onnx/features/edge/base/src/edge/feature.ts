import type { Feature } from '../feature.ts'
import { doors } from './doors.ts'
import { options } from './options.ts'

/** What `npm run edge:export` wrote for browsers is shown at /edge/. */
export const feature: Feature = {
  name: 'edge',
  env: {},
  async register(app) {
    if (!options.host) return
    for (const open of doors) await open(app)
  },
}
