import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { generateExample, listExamples } from '../../scripts/examples.ts'
import { makeFolder, readTree } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

const examples = await listExamples()

/** The files of a committed server, as git has them in the work tree. */
async function readCommitted(folder: string): Promise<Record<string, string>> {
  const { stdout } = await execa({ cwd: folder })`git ls-files --cached --others --exclude-standard -z`
  const paths = stdout.split('\0').filter(Boolean).sort()
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'latin1')]))
}

describe('the committed server of an example is what is generated today (npm run examples makes it)', () => {
  test.each(examples)('$example/$folder', async (one) => {
    const generated = readTree(await generateExample(one, makeFolder()))
    expect(await readCommitted(join(ROOT, 'examples', one.example, one.folder))).toEqual(generated)
  })
})

describe('the tests of the committed servers pass', () => {
  test.each(examples)(
    '$example/$folder',
    async ({ example, folder }) => {
      const { stdout } = await execa({ cwd: join(ROOT, 'examples', example, folder) })`npm test`
      expect(stdout).toMatch(/# fail 0/)
    },
    900_000,
  )
})
