import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { create } from '../../src/create.ts'
import { readModel } from '../../src/onnx/read-model.ts'
import { freePort } from '../run-server.ts'
import { makeBase } from './base.ts'
import { type Built, buildImage } from './build.ts'
import { checkCompose, whyNoCompose } from './compose.ts'
import { checkContainer, checkRefusal } from './container.ts'
import { attempt, prepareEngine, whyNot } from './engine.ts'
import { VARIANTS, type Variant } from './variants.ts'

/**
 * `npm run check:image`: generates a server of each variant, builds its Dockerfile and runs the image as in production.
 * `-- --only plain,grpc` takes some of them; `--write` puts the sizes into docs/image.md.
 */
const ROOT = join(import.meta.dirname, '../..')
const NODE_MAJOR = 24
const { values } = parseArgs({ options: { only: { type: 'string' }, write: { type: 'boolean', default: false } } })
const wanted = values.only?.split(',') ?? VARIANTS.map(({ name }) => name)

const reason = whyNot()
if (reason !== null) say(`skipped: ${reason}`)
else await checkAll()

async function checkAll(): Promise<void> {
  prepareEngine()
  const base = await makeBase(NODE_MAJOR)
  const probe = await attempt('podman', ['run', '--rm', '--network', 'host', base, '--version'])
  if (probe.exitCode !== 0) return say(`skipped: containers do not run here: ${probe.stderr.trim().split('\n').at(-1)}`)
  say(`base: ${base} (a stand-in), Node ${probe.stdout}`)
  const rows: [string, Built][] = []
  for (const variant of VARIANTS.filter(({ name }) => wanted.includes(name))) {
    const built = await checkVariant(variant, base)
    rows.push([variant.name, built])
    say(
      `ok: ${variant.name}, ${megabytes(built.bytes)}, ${megabytes(built.added)} on top of the base, built in ${built.seconds.toFixed(0)} s, again in ${built.rebuildSeconds.toFixed(0)} s`,
    )
  }
  if (values.write) writeTable(rows)
}

async function checkVariant(variant: Variant, base: string): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), 'cis-image-'))
  try {
    const server = await generate(variant, folder)
    const built = await buildImage(server, base, variant.name)
    const { flags = [], refused, close } = (await variant.surroundings?.(server)) ?? {}
    try {
      await checkContainer(built.image, await freePort(), flags)
      if (refused) await checkRefusal(built.image, refused.flags, refused.message)
    } finally {
      await close?.()
    }
    if (variant.compose) await startCompose(server, built.image)
    return built
  } catch (error) {
    throw new Error(`${variant.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startCompose(server: string, image: string): Promise<void> {
  const reason = whyNoCompose()
  if (reason !== null) return say(`compose skipped: ${reason}`)
  await checkCompose(server, image)
  say('ok: compose.yaml and the files that .env joins, started and stopped')
}

async function generate({ name, example, vars }: Variant, folder: string): Promise<string> {
  cpSync(join(ROOT, 'examples', example), folder, { recursive: true, filter: (path) => !path.includes('/server') })
  if (example === 'digits') cpSync(join(folder, 'digit.png'), join(folder, 'data/0000.png'))
  const { sha256 } = await readModel(join(folder, `${example}.onnx`))
  const more = vars({ sha256 })
  writeFileSync(join(folder, 'vars.yaml'), `${readFileSync(join(folder, 'vars.yaml'), 'utf8')}\n${more}`)
  await create({ cwd: folder, name: `check-${name.replaceAll(' ', '-')}` })
  return join(folder, `check-${name.replaceAll(' ', '-')}`)
}

/** Between the two markers of docs/image.md. */
function writeTable(rows: readonly [string, Built][]): void {
  const file = join(ROOT, 'docs/image.md')
  const lines = rows.map(
    ([name, { bytes, added, seconds, rebuildSeconds }]) =>
      `| ${name} | ${megabytes(bytes)} | ${megabytes(added)} | ${seconds.toFixed(0)} s | ${rebuildSeconds.toFixed(0)} s |`,
  )
  const table = [
    '| variant | image | on top of the base | build | again after a change in src/ |',
    '|---|---|---|---|---|',
  ]
  const text = readFileSync(file, 'utf8')
  const measured = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), Node ${NODE_MAJOR}`
  const made = [...table, ...lines, '', `Measured ${measured}, by \`npm run check:image -- --write\`.`].join('\n')
  writeFileSync(
    file,
    text.replace(/(?<=<!-- sizes -->\n).*(?=<!-- \/sizes -->)/s, () => `${made}\n`),
  )
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function say(line: string): void {
  process.stdout.write(`check:image ${line}\n`)
}
