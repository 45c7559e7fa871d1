import { execFileSync, spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { runServer } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

function hasPromtool(): boolean {
  const found = spawnSync('promtool', ['--version']).status === 0
  if (!found) console.warn('skipped: promtool is not installed (Debian: apt-get install prometheus)')
  return found
}

test.skipIf(!hasPromtool())('promtool finds nothing wrong with the metrics of one process, nor of two', async () => {
  const cwd = join(ROOT, 'examples/iris')
  const { project } = await create({ cwd, variableFile: 'vars.yaml', out: makeSharedFolder() })
  const { target } = project.inputs
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  await execa({ cwd: target })`npm run build`
  for (const processes of ['1', '2']) {
    const server = await runServer(target, { PROCESSES: processes })
    await fetch(`${server.url}/predict/test`)
    await fetch(`${server.url}/metrics`)
    const input = await (await fetch(`${server.url}/metrics`)).text()
    await server.stop()
    expect(input).toContain('inference_request_duration_seconds_count 1')
    // It fails on lint, too.
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('')
  }
})
