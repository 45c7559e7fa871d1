import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from './server.ts'

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'profile-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'profiles')
}

/** All profiles of a folder, which need not exist. */
async function readProfiles(folder: string): Promise<unknown[]> {
  const names = await readdir(folder).catch(() => [])
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))))
}

test('a CPU profile starts and ends by a signal, and is one that tools can open', async (t) => {
  const folder = await makeFolder(t)
  const app = await startServer({ PROFILE_DIR: folder })
  t.after(() => app.close())
  await app.toggleProfile()
  assert.deepEqual(await readProfiles(folder), [])
  await app.inject({ method: 'GET', url: '/predict/test' })
  await app.toggleProfile()
  const [profile] = await readProfiles(folder)
  assert.ok(Object(profile).nodes.length > 0)
  assert.ok(Object(profile).endTime > Object(profile).startTime)
})

test('a profile that nobody ends is ended by the time limit, or by the end of the server', async (t) => {
  const [limited, closed] = [await makeFolder(t), await makeFolder(t)]
  const app = await startServer({ PROFILE_DIR: limited, PROFILE_SECONDS: '0.05' })
  await app.toggleProfile()
  while ((await readdir(limited).catch(() => [])).length === 0) await sleep(10)
  await app.close()
  assert.equal((await readdir(limited)).length, 1)

  const other = await startServer({ PROFILE_DIR: closed })
  await other.toggleProfile()
  await other.close()
  assert.equal((await readProfiles(closed)).length, 1)
})

test('without a folder there is no profile', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  await app.toggleProfile()
  await app.toggleProfile()
})
