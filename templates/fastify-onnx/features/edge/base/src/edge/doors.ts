import type { FastifyInstance } from 'fastify'
import type { FeatureContext } from '../feature.ts'
import { hostPage } from './page.ts'
import { openReleases } from './releases.ts'
import type { env } from './settings.ts'

/** Adds routes below /edge/. */
export type Door = (app: FastifyInstance, context: FeatureContext<typeof env>) => Promise<void>

/** What is shown at /edge/, in this order. */
export const doors: readonly Door[] = [hostPage, openReleases]
