import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { makeIris, readTree } from '../helpers/folder.ts'

interface FileAction {
  readonly path: string
  readonly action: string
}

/** A folder with the iris project and the server generated from it. */
async function makeServer(): Promise<{ folder: string; server: string }> {
  const folder = makeIris()
  expect(await runCli(folder, [])).toMatchObject({ code: 0 })
  return { folder, server: join(folder, 'iris') }
}

async function actionsOf(cwd: string, args: readonly string[] = []): Promise<Record<string, string>> {
  const { stdout } = await runCli(cwd, [...args, '--json'])
  const { files }: { files: FileAction[] } = JSON.parse(stdout)
  return Object.fromEntries(
    files.filter(({ action }) => action !== 'identical').map(({ path, action }) => [path, action]),
  )
}

function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(from)
  writeFileSync(file, text.replace(from, to))
}

describe('running again', () => {
  test('over an untouched server changes nothing, from the project or from the server itself', async () => {
    const { folder, server } = await makeServer()
    const before = readTree(server)
    expect(await actionsOf(folder)).toEqual({})
    expect(await actionsOf(server)).toEqual({})
    expect(await actionsOf(folder, ['--variable_file', 'iris/vars.yaml'])).toEqual({})
    expect(readTree(server)).toEqual(before)
  })

  test('in the server with edited vars updates what depends on them, and the lock', async () => {
    const { server } = await makeServer()
    edit(join(server, 'vars.yaml'), 'name: iris', 'name: iris\nserver: {port: 9123}')
    const actions = await actionsOf(server)
    expect(actions['src/contract.ts']).toBe('update')
    expect(actions['inference-server.lock.json']).toBe('update')
    expect(readFileSync(join(server, 'src/contract.ts'), 'utf8')).toContain('9123')
    expect(await actionsOf(server)).toEqual({})
  })

  test('keeps what the team edited, and puts the bytes that edited vars would give beside it', async () => {
    const { server } = await makeServer()
    const file = join(server, 'src/model/postprocess.ts')
    edit(file, 'export function', '// ours\nexport function')
    edit(join(server, 'vars.yaml'), 'name: iris', 'name: iris\npredict: {output: probabilities, activation: softmax}')
    const { stderr, code } = await runCli(server, [])
    expect(code).toBe(0)
    expect(stderr).toContain('src/model/postprocess.ts')
    expect(readFileSync(file, 'utf8')).toContain('// ours')
    expect(readFileSync(join(server, '.create-inference-server/new/src/model/postprocess.ts'), 'utf8')).toContain(
      'softmax',
    )
  })

  test('refuses to overwrite an edited file; --force keeps a backup of it', async () => {
    const { server } = await makeServer()
    edit(join(server, 'src/app.ts'), 'export async function', '// mine\nexport async function')
    const before = readTree(server)
    const refused = await runCli(server, [])
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain('src/app.ts')
    expect(readTree(server)).toEqual(before)
    expect(await runCli(server, ['--force'])).toMatchObject({ code: 0 })
    expect(readFileSync(join(server, 'src/app.ts'), 'utf8')).not.toContain('// mine')
    expect(readFileSync(join(server, '.create-inference-server/backup/src/app.ts'), 'utf8')).toContain('// mine')
  })

  test('makes a missing file again, whoever owns it', async () => {
    const { server } = await makeServer()
    const before = readTree(server)
    for (const path of ['src/app.ts', 'src/model/preprocess.ts', 'README.md']) rmSync(join(server, path))
    expect(await actionsOf(server)).toEqual({
      'src/app.ts': 'create',
      'src/model/preprocess.ts': 'create',
      'README.md': 'create',
    })
    expect(readTree(server)).toEqual(before)
  })

  test('leaves files alone that it does not know', async () => {
    const { server } = await makeServer()
    writeFileSync(join(server, 'notes.md'), 'mine')
    expect(await actionsOf(server)).toEqual({})
    expect(readFileSync(join(server, 'notes.md'), 'utf8')).toBe('mine')
  })

  test('takes line ends of Windows for no edit', async () => {
    const { server } = await makeServer()
    const file = join(server, 'src/app.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'))
    expect(await actionsOf(server)).toEqual({})
  })
})

describe('--dry-run', () => {
  test('says what would happen to every file and writes nothing', async () => {
    const folder = makeIris()
    const before = readTree(folder)
    const { stdout, code } = await runCli(folder, ['--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/Would generate iris .*\n[\s\S]*create {4}src\/app\.ts/)
    expect(readTree(folder)).toEqual(before)
  })

  test('names conflicts, with the exit code of the real run', async () => {
    const { server } = await makeServer()
    edit(join(server, 'src/app.ts'), 'export', '// mine\nexport')
    const { stdout, code } = await runCli(server, ['--dry-run'])
    expect(code).toBe(5)
    expect(stdout).toContain('conflict  src/app.ts')
    const json = await runCli(server, ['--dry-run', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: 'conflict' }, files: expect.any(Array) })
  })
})

test('--name, --set, --model and --labels are written into the stored vars.yaml, comments kept', async () => {
  const folder = makeIris()
  edit(join(folder, 'vars.yaml'), 'name: iris', '# the name\nname: iris # short')
  const result = await runCli(folder, ['--name', 'rose', '--set', 'server.port=9001', '--out', 'made', '--json'])
  expect(JSON.parse(result.stdout)).toMatchObject({
    schema: 1,
    ok: true,
    target: join(folder, 'made/rose'),
    warnings: [],
  })
  const vars = readFileSync(join(folder, 'made/rose/vars.yaml'), 'utf8')
  expect(vars).toContain('# the name\nname: rose # short\n')
  expect(vars).toMatch(/server:\s+port: 9001/)
  expect(existsSync(join(folder, 'made/rose/models/iris.onnx'))).toBe(true)
})

test('it ends with the exact next commands of the package manager in use, and a curl line with the real sample', async () => {
  const { stdout } = await runCli(makeIris(), [], { npm_config_user_agent: 'pnpm/10.0.0 npm/? node/v20' })
  expect(stdout).toContain(`Next:
  cd iris
  pnpm install
  pnpm build
  pnpm start
  curl -s http://localhost:8000/predict -H 'content-type: application/json' -d '{"data":[[5.1,3.5,1.4,0.2]]}'`)
})

test('the same input gives the same bytes', async () => {
  const [one, other] = [await makeServer(), await makeServer()]
  expect(readTree(one.server)).toEqual(readTree(other.server))
})

test('--git makes a repository with a first commit of everything', async () => {
  const folder = makeIris()
  const env = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  }
  expect(await runCli(folder, ['--git'], env)).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'iris/.git'))).toBe(true)
  expect(await runCli(join(folder, 'iris'), ['--git'], env)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('inside a git repository already'),
  })
})

test('a mapping of the user moves and leaves out what base does not import', async () => {
  const folder = makeIris()
  const bundled = readFileSync(
    join(import.meta.dirname, '../../templates/fastify-onnx/correspond_file_path.yaml'),
    'utf8',
  )
  writeFileSync(
    join(folder, 'correspond_file_path.yaml'),
    bundled.replace(/^makefile\.njk:.*\n/m, '').replace('"{}/README.md"', '"{}/docs/README.md"'),
  )
  expect(await runCli(folder, [])).toMatchObject({ code: 0 })
  const files = Object.keys(readTree(join(folder, 'iris')))
  expect(files).toContain('docs/README.md')
  expect(files).toContain('correspond_file_path.yaml')
  expect(files).not.toContain('makefile')
  expect(await actionsOf(join(folder, 'iris'))).toEqual({})
})
