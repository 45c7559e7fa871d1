import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { create } from '../../src/create.ts'
import { makeFolder, makeSharedFolder } from '../helpers/folder.ts'
import { installNode } from '../helpers/node.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** The lines of Node on which a server may run, besides the one that runs this: npm has real binaries of each. */
const OTHER_MAJORS = [24, 26].filter((major) => !process.version.startsWith(`v${major}.`))

const folder = makeSharedFolder()

describe('a server with a tensor of every dtype passes its own tests (float16 needs care where Float16Array exists)', () => {
  test.each(OTHER_MAJORS)(
    'on Node %i',
    async (major) => {
      const node = await installNode(major, folder)
      if (node === undefined) return console.warn(`skipped: npm has no Node ${major} for this machine`)
      const { project } = await create({ cwd: makeFolder(), model: join(MODELS, 'all_dtypes.onnx') })
      const server = project.inputs.target
      symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
      const { stdout: version } = await execa(node, ['--version'])
      expect(version).toMatch(`v${major}.`)
      const { stdout } = await execa({ cwd: server, shell: true })`${node} --import tsx --test test/*.test.ts`
      expect(stdout).toMatch(/(#|ℹ) fail 0/)
    },
    900_000,
  )
})
