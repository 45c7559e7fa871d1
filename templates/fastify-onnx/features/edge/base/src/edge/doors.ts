import type { FastifyInstance } from 'fastify'

/** Adds routes below /edge/. */
export type Door = (app: FastifyInstance) => Promise<void>

/** What is shown at /edge/, in this order. */
export const doors: readonly Door[] = []
