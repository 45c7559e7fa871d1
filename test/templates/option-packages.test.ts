import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { create } from '../../src/create.ts'
import { IRIS_VARS, makeIris, readTree } from '../helpers/folder.ts'
import { TEMPLATE_DIR } from './render-template.ts'

async function generate(options: string): Promise<Record<string, string>> {
  const { project } = await create({ cwd: makeIris({ 'vars.yaml': `${IRIS_VARS}options: {${options}}\n` }) })
  return readTree(project.inputs.target)
}

/** The packages that the option names, and no other. */
function packagesOf(option: string): string[] {
  const { dependencies } = parse(readFileSync(join(TEMPLATE_DIR, 'features', option, 'feature.yaml'), 'utf8'))
  return Object.keys(dependencies)
}

/** What `npm ci`, and so the image, installs; without what only the other packages there need. */
function installed(files: Record<string, string>): { readonly all: string[]; readonly byOthers: Set<string> } {
  const packages: [string, { dependencies?: object }][] = Object.entries(
    JSON.parse(files['package-lock.json'] ?? '').packages,
  )
  const own = packages.filter(([path]) => path !== '')
  return {
    all: own.map(([path]) => path.replace(/^.*node_modules\//, '')),
    byOthers: new Set(own.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies))),
  }
}

test.each(['grpc', 'tracing'])(
  'the packages of %s are installed where it is on, and neither installed nor loaded elsewhere',
  async (option) => {
    const [on, off] = await Promise.all([generate(`${option}: {}`), generate('')])
    const names = packagesOf(option)
    expect(names.length).toBeGreaterThan(1)
    expect(Object.keys(JSON.parse(on['package.json'] ?? '').dependencies)).toEqual(expect.arrayContaining(names))
    expect(installed(on).all).toEqual(expect.arrayContaining(names))

    const { all, byOthers } = installed(off)
    // Fastify and prom-client have some of them for themselves.
    expect(all.filter((name) => names.includes(name) && !byOthers.has(name))).toEqual([])
    expect(all.length).toBeLessThan(installed(on).all.length)
    const naming = Object.entries(off).filter(([path, text]) => {
      return path !== 'package-lock.json' && names.some((name) => text.includes(name))
    })
    expect(naming.map(([path]) => path)).toEqual([])
  },
)
