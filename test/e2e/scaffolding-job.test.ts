import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../helpers/cli.ts'
import { makeIris, makeSharedFolder } from '../helpers/folder.ts'
import { BIN, ROOT } from '../helpers/paths.ts'

// The steps of docs/scaffolding-job.md, run as they stand there.
const STEPS = readSteps()
/** Stands for npx: the CLI of this repository. */
let bin: string

beforeAll(() => {
  bin = makeSharedFolder({ npx: `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${BIN}" "$@"\n` })
  chmodSync(join(bin, 'npx'), 0o755)
})

function readSteps(): Record<string, string> {
  const text = readFileSync(join(ROOT, 'docs/scaffolding-job.md'), 'utf8')
  const workflow = parse(/```yaml\n(.+?)```/s.exec(text)?.[1] ?? '')
  const steps: { name?: string; run?: string }[] = workflow.jobs.generated.steps
  return Object.fromEntries(steps.flatMap(({ name, run }) => (name && run ? [[name, run]] : [])))
}

/** A repository with one server in servers/iris, committed. */
async function makeRepository(): Promise<string> {
  const cwd = makeIris()
  const { code, stderr } = await runCli(cwd, ['--name', 'iris', '--out', 'servers', '--yes'])
  expect(code, stderr).toBe(0)
  const git = execa({ cwd })
  await git`git init --quiet`
  await git`git add .`
  await git`git -c user.name=a -c user.email=a@example.com commit --quiet -m server`
  return cwd
}

async function run(step: string, cwd: string) {
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    SERVERS: 'servers/iris',
    GENERATOR: 'create-inference-server@0',
  }
  const script = STEPS[step]
  if (script === undefined) throw new Error(`no step ${step} among ${Object.keys(STEPS)}`)
  // As GitHub runs it.
  const { exitCode, stdout } = await execa('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd, env, reject: false })
  return { exitCode, stdout }
}

test('a server that is as its vars.yaml says passes', async () => {
  const repository = await makeRepository()
  for (const step of Object.keys(STEPS)) expect(await run(step, repository)).toMatchObject({ exitCode: 0 })
})

test('a server whose vars.yaml was edited is found, and can be repaired', async () => {
  const repository = await makeRepository()
  appendFileSync(join(repository, 'servers/iris/vars.yaml'), 'server: {port: 9000}\n')
  const { exitCode, stdout } = await run('What would change?', repository)
  expect(exitCode).toBe(7)
  expect(stdout).toContain('servers/iris/Dockerfile: update')
  expect(await run('Generate', repository)).toMatchObject({ exitCode: 0 })
  const left = await run('Nothing differs', repository)
  expect(left.exitCode).toBe(1)
  expect(left.stdout).toContain('+EXPOSE 9000')
})

test('a file that was edited by hand is found, and not overwritten', async () => {
  const repository = await makeRepository()
  const file = join(repository, 'servers/iris/Dockerfile')
  appendFileSync(file, 'RUN true\n')
  expect(await run('What would change?', repository)).toMatchObject({
    exitCode: 7,
    stdout: 'servers/iris/Dockerfile: conflict',
  })
  const { exitCode, stdout } = await run('Generate', repository)
  expect(exitCode).toBe(5)
  expect(JSON.parse(stdout).error.issues).toEqual([
    expect.objectContaining({ file: expect.stringContaining('Dockerfile') }),
  ])
  expect(readFileSync(file, 'utf8')).toContain('RUN true')
})

test('what cannot be read ends the job with the reason', async () => {
  const repository = await makeRepository()
  writeFileSync(join(repository, 'servers/iris/vars.yaml'), 'name: iris\nmodle: x\n')
  const { exitCode, stdout } = await run('What would change?', repository)
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false })
})

test('a model that is gone is no difference, but an error', async () => {
  const repository = await makeRepository()
  renameSync(join(repository, 'servers/iris/models/iris.onnx'), join(repository, 'gone.onnx'))
  expect(await run('What would change?', repository)).toMatchObject({ exitCode: 2 })
})
