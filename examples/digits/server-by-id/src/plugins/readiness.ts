import fp from 'fastify-plugin'
import type { Feature } from '../feature.ts'

/** Whether load balancers should send requests here. */
export interface Readiness {
  isReady(): boolean
  /** Whether it answers those that come: from the warm-up on, and while it drains too. */
  isServing(): boolean
  /** The model has answered its sample. */
  warmedUp(): void
  /** The process is about to stop: not ready again, ever. */
  drain(): void
}

declare module 'fastify' {
  interface FastifyInstance {
    readiness: Readiness
  }
}

/** Decorates `app.readiness`: ready from the warm-up until the server drains, while every feature is. */
export const readinessPlugin = fp<{ features: readonly Feature[] }>(
  async (app, { features }) => {
    let phase: 'starting' | 'serving' | 'draining' = 'starting'
    app.decorate('readiness', {
      isReady: () => phase === 'serving' && features.every((feature) => feature.ready?.(app) ?? true),
      isServing: () => phase !== 'starting',
      warmedUp() {
        if (phase !== 'starting') return
        phase = 'serving'
        for (const feature of features) feature.warmedUp?.(app)
      },
      drain() {
        phase = 'draining'
      },
    })
  },
  { name: 'readiness' },
)
