import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { resolveProject } from '../src/create.ts'
import { makeEnvironment, renderText } from '../src/render/environment.ts'

/**
 * `node --import tsx scripts/make-template-lock.ts`: makes templates/fastify-onnx/package-lock.json anew, the one lock from
 * which every server's is cut. It holds what base and all features depend on, for every platform, without download addresses.
 * What is locked already stays as it is, unless `-- --fresh` asks for the newest versions.
 */
const TEMPLATE = join(import.meta.dirname, '../templates/fastify-onnx')
const LOCK = join(TEMPLATE, 'package-lock.json')

const folder = await mkdtemp(join(tmpdir(), 'cis-lock-'))
await writeFile(join(folder, 'package.json'), await manifestOfEverything())
if (!process.argv.includes('--fresh')) await copyFile(LOCK, join(folder, 'package-lock.json'))
await execa({
  cwd: folder,
  stdio: 'inherit',
})`npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund`
const text = await readFile(join(folder, 'package-lock.json'), 'utf8')
refuseMissingPlatforms(text)
await writeFile(LOCK, text)
await rm(folder, { recursive: true })

/** The package.json of a server with every feature on. */
async function manifestOfEverything(): Promise<string> {
  const { config, inputs } = await resolveProject({
    cwd: join(import.meta.dirname, '../examples/iris'),
    variableFile: 'vars.yaml',
  })
  const { features, onnxruntime } = inputs.template
  const everything = {
    ...config,
    name: 'server',
    features: features.map((feature) => ({ ...feature, code: true, compose: false, component: false })),
    runtime: { ...config.runtime, onnxruntime },
  }
  const source = await readFile(join(TEMPLATE, 'files/package.json.njk'), 'utf8')
  const manifest = JSON.parse(renderText(makeEnvironment(), 'package.json.njk', source, everything))
  const { name, version, license, dependencies, devDependencies, engines } = manifest
  return JSON.stringify({ name, version, license, dependencies, devDependencies, engines }, null, 2)
}

/** A registry that lacks the package of one platform makes a lock that cannot be installed there, silently. */
function refuseMissingPlatforms(lockText: string): void {
  const { packages }: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } =
    JSON.parse(lockText)
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
      .map((name) => `${path} needs ${name}`),
  )
  if (missing.length > 0) throw new Error(`not in the registry, so not in the lock:\n${missing.join('\n')}`)
}
