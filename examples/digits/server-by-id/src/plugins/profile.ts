import { mkdir, writeFile } from 'node:fs/promises'
import type { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { pid } from 'node:process'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Starts a CPU profile, or ends the one that runs and writes it to PROFILE_DIR. Of the event loop, not of inference threads. */
    toggleProfile(): Promise<void>
  }
}

export const profilePlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const { PROFILE_DIR, PROFILE_SECONDS } = config
    let running: { session: Session; timer: NodeJS.Timeout } | undefined
    // One after the other: a second signal may come while the first is still at work.
    let last: Promise<void> = Promise.resolve()

    async function start(): Promise<void> {
      // Loaded on demand: it is not needed by a server that is never profiled.
      const { Session } = await import('node:inspector/promises')
      const session = new Session()
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
      const timer = setTimeout(() => void toggle(stop), PROFILE_SECONDS * 1000).unref()
      running = { session, timer }
      app.log.info({ seconds: PROFILE_SECONDS }, 'CPU profile started: SIGUSR2 ends it')
    }

    async function stop(): Promise<void> {
      if (running === undefined) return
      const { session, timer } = running
      running = undefined
      clearTimeout(timer)
      const { profile } = await session.post('Profiler.stop')
      session.disconnect()
      const file = join(PROFILE_DIR, `${new Date().toISOString().replace(/[:.]/g, '-')}-${pid}.cpuprofile`)
      await mkdir(PROFILE_DIR, { recursive: true })
      await writeFile(file, JSON.stringify(profile))
      app.log.info({ file }, 'CPU profile written')
    }

    function toggle(step: () => Promise<void>): Promise<void> {
      last = last.then(step).catch((err: unknown) => app.log.error({ err }, 'the CPU profile failed'))
      return last
    }

    app.decorate('toggleProfile', async () => {
      if (PROFILE_DIR === '') return app.log.warn('SIGUSR2 makes a CPU profile where PROFILE_DIR names a folder for it')
      await toggle(() => (running === undefined ? start() : stop()))
    })
    app.addHook('onClose', () => toggle(stop))
  },
  { name: 'profile' },
)
