import type { FastifyInstance } from 'fastify'
import { hostPage } from './page.ts'

/** Adds routes below /edge/. */
export type Door = (app: FastifyInstance) => Promise<void>

/** What is shown at /edge/, in this order. */
export const doors: readonly Door[] = [hostPage]
