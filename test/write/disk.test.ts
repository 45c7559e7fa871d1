import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeOldServer, writeModels } from './scenario.ts'
import { bundleChild, startChild } from './spawn-child.ts'
import { cleanUp, tempDir, tree } from './support.ts'

/** Root is refused nothing: the child then runs as nobody. */
const IS_ROOT = process.getuid?.() === 0
const NOBODY = 65_534
const CAN_MOUNT = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

let root: string
let bundle: string
let models: string

beforeAll(async () => {
  root = tempDir()
  chmodSync(root, 0o755)
  bundle = await bundleChild(join(root, 'bundle'))
  models = join(root, 'models')
  writeModels(models)
  await makeOldServer(join(root, 'old', 'server'), models)
})
afterAll(cleanUp)

/** A copy of the old server that belongs to the user that the child runs as, in a folder of its own. */
function place(name: string): { folder: string; target: string } {
  const folder = join(root, name)
  cpSync(join(root, 'old'), folder, { recursive: true })
  if (IS_ROOT)
    for (const path of ['', ...readdirSync(folder, { recursive: true })])
      chownSync(join(folder, `${path}`), NOBODY, NOBODY)
  return { folder, target: join(folder, 'server') }
}

async function run(command: string, target: string, wrapper: readonly string[] = []) {
  const env: Record<string, string> = IS_ROOT && wrapper.length === 0 ? { AS_NOBODY: `${NOBODY}` } : {}
  const { code, stderr } = await startChild(bundle, [command, target, models], env, wrapper).ended
  return { code, error: stderr === '' ? null : JSON.parse(stderr) }
}

describe.skipIf(process.platform === 'win32')('a folder that may not be written to', () => {
  it('above a new target is named, and nothing is made', async () => {
    const folder = join(root, 'closed')
    mkdirSync(folder)
    chmodSync(folder, 0o555)
    const { code, error } = await run('generate', join(folder, 'server'))
    expect({ code, error }).toMatchObject({
      code: 1,
      error: { code: 'runtime', message: `cannot write ${join(folder, 'server')}: permission denied` },
    })
    expect(error.hint).toContain('--out')
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['', 'src', 'src/changed', 'src/old/deep', 'models'])(
    'in a server (%j) is named, and nothing is changed',
    async (closed) => {
      const { folder, target } = place(`closed ${closed.replaceAll('/', '-')}`)
      const before = tree(folder)
      chmodSync(join(target, closed), 0o555)
      const { code, error } = await run('generate', target)
      expect({ code, error }).toMatchObject({ code: 1, error: { code: 'runtime' } })
      expect(error.message).toMatch(/^cannot write .*: permission denied$/)
      expect(error.message).toContain(join(target, closed))
      chmodSync(join(target, closed), 0o755)
      expect(tree(folder)).toEqual(before)
      expect(await run('generate', target)).toEqual({ code: 0, error: null })
    },
  )
})

describe.skipIf(!CAN_MOUNT)('a disk that is full', () => {
  const onSmallDisk = (folder: string, size: string, then: string) => [
    'unshare',
    '-m',
    'sh',
    '-c',
    `mount -t tmpfs -o size=${size} none '${folder}' && ${then}`,
    'sh',
  ]

  it('is named, and nothing stays of a new target', async () => {
    const disk = join(root, 'small')
    mkdirSync(disk)
    const target = join(disk, 'server')
    const wrapper = onSmallDisk(disk, '1m', `"$@"; code=$?; find '${disk}' -mindepth 1 > '${root}/left'; exit $code`)
    const { code, error } = await run('generate', target, wrapper)
    expect({ code, error }).toMatchObject({
      code: 1,
      error: { code: 'runtime', message: `cannot write ${target}/models/m.onnx: the disk is full` },
    })
    expect(spawnSync('cat', [join(root, 'left')]).stdout.toString()).toBe('')
  })

  it('is named, and a server on it stays as it was', async () => {
    const disk = join(root, 'small too')
    mkdirSync(disk)
    const result = join(root, 'left on it')
    const wrapper = onSmallDisk(
      disk,
      '2m',
      `cp -a '${join(root, 'old')}'/. '${disk}' && { "$@"; code=$?; cp -a '${disk}' '${result}'; exit $code; }`,
    )
    const { code, error } = await run('generate', join(disk, 'server'), wrapper)
    expect({ code, error }).toMatchObject({
      code: 1,
      error: { code: 'runtime', message: expect.stringContaining('the disk is full') },
    })
    expect(tree(result)).toEqual(tree(join(root, 'old')))
  })

  it('does not matter when it is another one, at a folder of the server: files get there all the same', async () => {
    const { target } = place('two disks')
    const result = join(root, 'of two disks')
    const volume = join(target, 'models')
    const wrapper = onSmallDisk(
      volume,
      '4m',
      `cp '${root}/old/server/models/m.onnx' '${volume}' && { "$@"; code=$?; cp -a '${target}' '${result}'; exit $code; }`,
    )
    expect(await run('generate', target, wrapper)).toEqual({ code: 0, error: null })
    const { target: oneDisk } = place('one disk')
    expect(await run('generate', oneDisk)).toEqual({ code: 0, error: null })
    expect(tree(result)).toEqual(tree(oneDisk))
    expect(existsSync(join(result, 'models/m.onnx.create-inference-server'))).toBe(false)
    rmSync(result, { recursive: true })
  })
})
