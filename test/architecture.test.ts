import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '../src')
const STAGES = ['inputs', 'config', 'plan', 'render', 'write']
/** Files of the top level that decide nothing about the corridor: anyone may use them. */
const LEAVES = ['errors.ts', 'words.ts', 'literals.ts', 'name.ts', 'package.ts']

interface Import {
  readonly file: string
  readonly room: string
  readonly to: string
  readonly typeOnly: boolean
}

/** Every import of src, as `{file: "cli/main.ts", room: "cli", to: "create.ts"}`; packages keep their own name. */
const imports = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('_pb.ts'))
  .flatMap((file) => listImports(file))

function listImports(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const found = [...text.matchAll(/(?:^|\n)(?:import|export)\s+([^'"]*?)\s*from\s+'([^']+)'|import\('([^']+)'\)/g)]
  return found.map(([, clause = '', from, dynamic]) => {
    const target = from ?? dynamic ?? ''
    const to = target.startsWith('.') ? normalize(join(dirname(file), target)) : target
    return { file, room: roomOf(file), to, typeOnly: isTypeOnly(clause) }
  })
}

function isTypeOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true
  const names =
    /\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? []
  return names.length > 0 && names.every((name) => name.startsWith('type ')) && clause.trim().startsWith('{')
}

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path
}

function between(from: (room: string) => boolean, to: (one: Import) => boolean): string[] {
  return imports.filter((one) => from(one.room) && to(one)).map(({ file, to: target }) => `${file} -> ${target}`)
}

const isOwn = ({ to }: Import) => to.endsWith('.ts')
const isValue = ({ typeOnly }: Import) => !typeOnly

test('errors.ts imports nothing', () => {
  expect(
    between(
      (room) => room === 'errors.ts',
      () => true,
    ),
  ).toEqual([])
})

test('the leaves import nothing of ours but errors, types excepted', () => {
  expect(
    between(
      (room) => LEAVES.includes(room),
      (one) => isOwn(one) && isValue(one) && one.to !== 'errors.ts',
    ),
  ).toEqual([])
})

test('the command line reaches the rooms through create alone, types excepted', () => {
  const allowed = ['create.ts', 'inspect.ts', 'conformance', 'update', 'fleet', 'budget', 'edge', 'cli', ...LEAVES]
  expect(
    between(
      (room) => room === 'cli',
      (one) => isOwn(one) && isValue(one) && !allowed.includes(roomOf(one.to)),
    ),
  ).toEqual([])
})

test('stages never import each other; types of an earlier stage are the exception', () => {
  const wrong = imports.filter((one) => {
    const [from, to] = [STAGES.indexOf(one.room), STAGES.indexOf(roomOf(one.to))]
    return from >= 0 && to >= 0 && from !== to && (!one.typeOnly || to > from)
  })
  expect(wrong.map(({ file, to }) => `${file} -> ${to}`)).toEqual([])
})

test('onnx imports no stage, and stages import nothing of onnx but its types and the stream of a stored model', () => {
  expect(
    between(
      (room) => room === 'onnx',
      (one) => [...STAGES, 'cli', 'create.ts'].includes(roomOf(one.to)),
    ),
  ).toEqual([])
  const values = between(
    (room) => STAGES.includes(room),
    (one) => roomOf(one.to) === 'onnx' && isValue(one) && one.to !== 'onnx/segments.ts',
  )
  expect(values).toEqual([])
})

test('conformance asks any server: it knows nothing of how ours are made, and only the command line knows it', () => {
  const knows = between(
    (room) => room === 'conformance',
    (one) => isOwn(one) && !['conformance', 'errors.ts'].includes(roomOf(one.to)),
  )
  const known = between(
    (room) => room !== 'conformance' && room !== 'cli',
    (one) => roomOf(one.to) === 'conformance',
  )
  expect([...knows, ...known]).toEqual([])
})

test('edge reaches the stages through create, reads models through onnx, and is known to the command line alone', () => {
  const rooms = ['edge', 'create.ts', 'lock.ts', 'onnx', ...LEAVES]
  const reaches = between(
    (room) => room === 'edge',
    (one) => isOwn(one) && isValue(one) && !rooms.includes(roomOf(one.to)) && !isUpdateClient(one),
  )
  const known = between(
    (room) => room !== 'edge' && room !== 'cli',
    (one) => roomOf(one.to) === 'edge',
  )
  expect([...reaches, ...known]).toEqual([])
})

/** A release is read and verified by the very code that devices read and verify it with. */
const isUpdateClient = ({ file, to }: Import) =>
  file.startsWith('edge/releases/') && to.includes('/features/edge-web/base/edge-web/update/')

test('of the template, src knows the types alone: the code that runs is that of the server', () => {
  const runs = imports.filter(
    (one) => one.to.includes('templates/') && isOwn(one) && isValue(one) && !isUpdateClient(one),
  )
  expect(runs.map(({ file, to }) => `${file} -> ${to}`)).toEqual([])
})

test('config and plan do no input or output', () => {
  const doing = between(
    (room) => room === 'config' || room === 'plan',
    ({ to }) => /^(node:|fs-extra|execa)/.test(to),
  )
  expect(doing).toEqual([])
})

test('lock.ts touches no disk', () => {
  expect(
    between(
      (room) => room === 'lock.ts',
      ({ to }) => /^(node:fs|fs-extra)/.test(to),
    ),
  ).toEqual([])
})

test('each library has one room', () => {
  const rooms = (library: string) => [...new Set(imports.filter(({ to }) => to === library).map(({ room }) => room))]
  expect(rooms('nunjucks')).toEqual(['render'])
  expect(rooms('commander')).toEqual(['cli'])
  expect(rooms('chalk')).toEqual(['cli'])
  expect(rooms('yaml').sort()).toEqual(['derived-vars.ts', 'inputs']) // read here, written there
  expect(rooms('execa')).toEqual(['cli'])
})

test('only write/ changes the disk', () => {
  const writers = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && roomOf(file) !== 'write')
    .filter((file) =>
      /\b(writeFile|mkdir|rename|unlink|rm|copyFile|outputFile|createWriteStream|symlink)(Sync)?\(/.test(
        readFileSync(join(SRC, file), 'utf8'),
      ),
    )
  expect(writers).toEqual([])
})

test('nobody after the command line reads argv or the environment', () => {
  const readers = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && roomOf(file) !== 'cli' && file !== 'cli.ts')
    .filter((file) => /process\.(env|argv)\b/.test(readFileSync(join(SRC, file), 'utf8')))
  expect(readers).toEqual([])
})

test('the rooms are named for what they do, and there are no barrel files', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  const banned = files.filter((file) => /(^|\/)(utils?|helpers?|types\.ts|constants\.ts)(\/|$)/.test(file))
  const barrels = files.filter((file) => file.endsWith('/index.ts'))
  expect([...banned, ...barrels]).toEqual([])
})
