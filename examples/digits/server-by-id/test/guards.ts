import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { startServer } from './server.ts'

/** Files are looked at once a second: a change that is not in use after this never will be. */
const PATIENCE_MS = 30_000

/** A folder for this test only. */
export function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guards-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A file with these words, in a folder of its own. */
export function makeFile(t: TestContext, text: string): string {
  const file = join(makeFolder(t), 'file')
  writeFileSync(file, text)
  return file
}

/** A line of API_KEYS_FILE. */
export function keyLine(name: string, key: string): string {
  return `${name}:${hash('sha256', key)}\n`
}

/** The real server, for as long as the test runs. */
export async function startGuarded(t: TestContext, settings: Record<string, string>): Promise<FastifyInstance> {
  const app = await startServer(settings)
  t.after(() => app.close())
  return app
}

/** What GET answers to these headers. */
export async function ask(app: FastifyInstance, headers: Record<string, string> = {}, url = '/metadata') {
  return app.inject({ method: 'GET', url, headers })
}

/** Its status alone. */
export async function statusOf(app: FastifyInstance, headers: Record<string, string> = {}, url = '/metadata') {
  return (await ask(app, headers, url)).statusCode
}

/** Resolves when it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const start = performance.now()
  while (!(await isSo())) {
    if (performance.now() - start > PATIENCE_MS) throw new Error(`it is not so, after ${PATIENCE_MS} ms`)
    await sleep(50)
  }
}
