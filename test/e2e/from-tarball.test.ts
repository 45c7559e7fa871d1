import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

/** What a user does: npm install the packed tarball, npx, npm ci, build, test, start, ask. */
describe('from the packed tarball to a prediction', () => {
  const folder = makeSharedFolder()
  const server = join(folder, 'sample')
  let running: RunningServer | undefined

  beforeAll(async () => {
    const packed = await execa({ cwd: ROOT })`npm pack --silent --pack-destination ${folder}`
    await execa({ cwd: folder })`npm install --no-audit --no-fund --prefix . ./${packed.stdout.trim()}`
  })
  afterAll(async () => {
    await running?.stop()
  })

  test('installing it installs nothing else', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    expect(Object.keys(lock.packages).filter((path) => path !== '')).toEqual(['node_modules/create-inference-server'])
  })

  test('npx generates the bundled example and says what to type next', async () => {
    const { stdout } = await execa({ cwd: folder, env: { NO_COLOR: '1' } })`npx create-inference-server --name sample`
    expect(stdout).toContain(
      'cd sample\n  npm ci\n  npm run build\n  npm run start\n  curl -s http://localhost:8000/predict',
    )
    expect(existsSync(join(server, '.gitignore'))).toBe(true)
    expect(existsSync(join(server, '.npmrc'))).toBe(true)
  })

  test('its lock installs, it builds, lints, and its own tests pass', async () => {
    await execa({ cwd: server })`npm ci --no-audit --no-fund`
    await execa({ cwd: server })`npm run build`
    await execa({ cwd: server })`npm run lint`
    const { stdout } = await execa({ cwd: server })`npm test`
    expect(stdout).toMatch(/# fail 0/)
  }, 600_000)

  test('npm itself finds nothing to change in the pruned package-lock.json', async () => {
    const before = readFileSync(join(server, 'package-lock.json'), 'utf8')
    await execa({ cwd: server })`npm install --package-lock-only --no-audit --no-fund`
    expect(JSON.parse(readFileSync(join(server, 'package-lock.json'), 'utf8'))).toEqual(JSON.parse(before))
  })

  test('started, it predicts over HTTP', async () => {
    running = await runServer(server)
    const post = async (path: string, data: unknown) => {
      const body = JSON.stringify({ data })
      const answer = await fetch(`${running?.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      return JSON.parse(await answer.text())
    }
    const { prediction } = await post('/predict', [[5.1, 3.5, 1.4, 0.2]])
    const expected = [0.98028725, 0.01971196, 0.00000075]
    for (const [column, value] of expected.entries()) expect(prediction[column]).toBeCloseTo(value, 5)
    expect(await post('/predict/label', [[5.1, 3.5, 1.4, 0.2]])).toEqual({ prediction: 'setosa' })
    expect(
      await post('/predict/label', [
        [5.1, 3.5, 1.4, 0.2],
        [6.7, 3.0, 5.2, 2.3],
      ]),
    ).toEqual({ prediction: ['setosa', 'virginica'] })
    expect(await running.stop()).toBe(0)
  })
})
