import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { options } from '../src/edge/options.ts'
import { keyLine, makeFile, startGuarded, statusOf } from './guards.ts'

const KEY = 'k9'.repeat(16)
const skip = options.host ? false : 'options.edge.host is off'

/** What is not there is 404 for those who may look. */
const PATHS = ['/edge/none.js', '/edge/releases/none', '/edge/releases/next/manifest.json']

async function startWithKeys(t: TestContext, settings: Record<string, string> = {}) {
  return startGuarded(t, { API_KEYS_FILE: makeFile(t, keyLine('team-a', KEY)), ...settings })
}

test('where the server asks for keys, /edge/ does too', { skip }, async (t) => {
  const app = await startWithKeys(t)
  for (const url of PATHS) {
    assert.equal(await statusOf(app, {}, url), 401, url)
    assert.equal(await statusOf(app, { 'x-api-key': KEY }, url), 404, url)
  }
})

test('GUARD_EDGE=off leaves it open to browsers and devices, and nothing else', { skip }, async (t) => {
  const app = await startWithKeys(t, { GUARD_EDGE: 'off' })
  for (const url of PATHS) assert.equal(await statusOf(app, {}, url), 404, url)
  for (const url of ['/metadata', '/docs/json', '/edgeless', '/edge/../metadata']) {
    assert.equal(await statusOf(app, {}, url), 401, url)
  }
})
