import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readMetrics } from './metrics.ts'
import { startServer } from './server.ts'

const BUSY_MS = 300

test('the first reading of the metrics tells of all that was before', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  // The monitor of the event loop has to have run before it can be late.
  await sleep(50)
  const start = performance.now()
  while (performance.now() - start < BUSY_MS);
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  await sleep(50)

  const first = await readMetrics(app)
  const value = (name: string) => first.get(name) ?? Number.NaN
  const collections = 'nodejs_gc_duration_seconds_count{kind="major"}'
  assert.ok(value(collections) >= 1)
  assert.ok(value('nodejs_eventloop_lag_max_seconds') >= (0.9 * BUSY_MS) / 1000)
  assert.ok(value('process_cpu_seconds_total') > 0.1)
  assert.ok(value('process_cpu_user_seconds_total') > 0.1)
  assert.ok(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())) < 5)

  await sleep(50)
  const second = await readMetrics(app)
  assert.ok((second.get(collections) ?? 0) >= value(collections))
  assert.ok((second.get('process_cpu_seconds_total') ?? 0) >= value('process_cpu_seconds_total'))
  const lag = second.get('nodejs_eventloop_lag_max_seconds') ?? Number.NaN
  assert.ok(lag < value('nodejs_eventloop_lag_max_seconds'), 'each reading tells of the time since the one before')
})
