import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, run } from './engine.ts'

/** As compose.yaml and the manifests run it. */
const HARDENED = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--memory', '512m', '--cpus', '1', '--pids-limit', '256', '--network', 'host'],
]
const READY_MS = 60_000

/** Runs the image, hardened, and asks it everything. Throws AssertionError, with the container's log. */
export async function checkContainer(image: string, port: number, flags: readonly string[]): Promise<void> {
  const container = await run('podman', ['run', '--detach', ...HARDENED, '-e', `PORT=${port}`, ...flags, image])
  try {
    await untilReady(port, async () => {
      const state = await run('podman', ['inspect', container, '--format', '{{.State.Status}}'])
      assert.notEqual(state, 'exited', 'the container ended')
    })
    await checkAnswers(port)
    await checkHardening(container)
    const log = (await attempt('podman', ['logs', container])).stderr
    assert.doesNotMatch(log, /telemetry/i, 'onnxruntime reports to its makers')
    const health = await attempt('podman', ['healthcheck', 'run', container])
    assert.equal(health.exitCode, 0, 'HEALTHCHECK says unhealthy')
    await run('podman', ['stop', '--time', '15', container])
    assert.equal(await exitCodeOf(container), 0, 'SIGTERM must end it with 0')
  } catch (error) {
    const { stdout, stderr } = await attempt('podman', ['logs', '--tail', '20', container])
    throw new Error(`${error instanceof Error ? error.message : error}\n${stdout}\n${stderr}`, { cause: error })
  } finally {
    await attempt('podman', ['rm', '--force', '--volumes', '--time', '0', container])
  }
}

/** Runs the image where it cannot serve: it must end by itself, and say why. */
export async function checkRefusal(image: string, flags: readonly string[], message: string): Promise<void> {
  const container = await run('podman', ['run', '--detach', ...HARDENED, ...flags, image])
  try {
    await attempt('podman', ['wait', container])
    const { stdout, stderr } = await attempt('podman', ['logs', container])
    assert.equal(await exitCodeOf(container), 1, stdout + stderr)
    assert.ok((stdout + stderr).includes(message), stdout + stderr)
  } finally {
    await attempt('podman', ['rm', '--force', '--volumes', '--time', '0', container])
  }
}

/** Asks until it is ready; `check` throws when there is nothing to wait for any more. */
export async function untilReady(port: number, check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await check()
    await sleep(100)
  }
  assert.fail(`not ready within ${READY_MS / 1000} s`)
}

async function checkAnswers(port: number): Promise<void> {
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    assert.equal(answer.status, 200, path)
    return answer.json()
  }
  const [{ prediction }, metadata] = [Object(await get('/predict/test')), Object(await get('/metadata'))]
  const [expected, actual]: readonly number[][] = [metadata.prediction_sample, prediction].map((each) => [each].flat(9))
  assert.ok(expected && actual && expected.length === actual.length)
  for (const [at, value] of expected.entries()) {
    assert.ok(Math.abs(value - (actual[at] ?? Number.NaN)) <= 1e-4 * Math.max(1, Math.abs(value)), `${actual}`)
  }
}

async function checkHardening(container: string): Promise<void> {
  const inside = (script: string) => attempt('podman', ['exec', container, 'sh', '-c', script])
  assert.equal((await inside('[ "$(id -u)" != 0 ]')).exitCode, 0, 'it runs as root')
  assert.equal((await inside('grep -q "CapEff:.0000000000000000" /proc/1/status')).exitCode, 0, 'it has capabilities')
  assert.notEqual((await inside('touch /app/x || touch /app/models/x')).exitCode, 0, '/app can be written')
  assert.equal((await inside('touch /tmp/x')).exitCode, 0, '/tmp cannot be written')
}

async function exitCodeOf(container: string): Promise<number> {
  return Number(await run('podman', ['inspect', container, '--format', '{{.State.ExitCode}}']))
}
