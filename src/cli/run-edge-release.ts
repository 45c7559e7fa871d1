import chalk from 'chalk'
import { makeKeyFile } from '../edge/releases/new-key.ts'
import { type Released, type ReleaseRequest, release } from '../edge/releases/release.ts'
import { CreateError } from '../errors.ts'
import type { EdgeReleaseFlags } from './edge-release-command.ts'
import { formatWarnings } from './print.ts'
import { alignRows, shortPath } from './report.ts'

/** Releases a model, or makes a key. */
export async function runEdgeRelease(server: string, flags: EdgeReleaseFlags): Promise<number> {
  if (flags.newKey !== undefined) return runNewKey(flags.newKey, flags)
  const released = await release(toRequest(server, flags))
  if (flags.json) process.stdout.write(releaseDocument(released))
  else printReleased(released)
  return 0
}

function toRequest(server: string, flags: EdgeReleaseFlags): ReleaseRequest {
  const { key, passphraseFile, out, expires, released, target, model, precision } = flags
  if (key === undefined) {
    throw new CreateError('usage', 'Which key signs the release?', {
      hint: '--key FILE.pem. Make one with create-inference-server edge release --new-key FILE.pem, outside of the project.',
    })
  }
  return {
    server,
    key,
    passphraseFile,
    out,
    version: readWhole('--release-version', flags.releaseVersion, 1, Number.MAX_SAFE_INTEGER),
    rollout: readWhole('--rollout', flags.rollout?.replace(/%$/, ''), 0, 100),
    expires,
    minRuntime: readRuntime(flags.minRuntime),
    released,
    keep: readWhole('--keep', flags.keep, 1, 1000) ?? 3,
    target,
    model,
    precision,
  }
}

function readWhole(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new CreateError('usage', `${flag} "${text}" is no whole number from ${least} to ${most}`)
}

function readRuntime(text: string | undefined): string | null | undefined {
  if (text === undefined || /^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}$/.test(text)) return text
  if (text === 'none') return null
  throw new CreateError('usage', `--min-runtime "${text}" is no version of onnxruntime`, {
    hint: 'Such as 1.30.0, or none.',
  })
}

function releaseDocument({ folder, manifest, publicKey, isNew, removed, warnings }: Released): string {
  const document = { schema: 1, ok: true, target: folder, isNew, manifest, publicKey, removed, warnings, next: [] }
  return `${JSON.stringify(document, null, 2)}\n`
}

function printReleased({ folder, manifest, isNew, removed, warnings }: Released): void {
  const { name, version, rollout, expires, minRuntime, model } = manifest
  const what = `${chalk.bold(name)} version ${version}`
  const head = isNew ? `Released ${what} in ${shortPath(folder)}` : `${what} is released already: nothing has changed`
  const rows = [
    ['model', `${model.size} bytes`, `${model.precision}, ${model.file}`],
    ['rollout', `${rollout} %`, rollout === 0 ? 'stopped: no device installs it' : ''],
    ['expires', expires, ''],
    ...(minRuntime === null ? [] : [['runtime', `${minRuntime} or newer`, '']]),
    ...removed.map((path) => ['removed', path, '']),
  ]
  process.stdout.write(`${chalk.green('✔')} ${head}\n${alignRows(rows)}`)
  process.stderr.write(formatWarnings(warnings))
}

async function runNewKey(file: string, { json }: EdgeReleaseFlags): Promise<number> {
  const publicKey = await makeKeyFile(file)
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ schema: 1, ok: true, target: file, publicKey, warnings: [], next: [] }, null, 2)}\n`,
    )
    return 0
  }
  process.stdout.write(`${publicKey}\n`)
  process.stderr.write(
    `${chalk.green('✔')} The private key is in ${file}: keep it there, and a copy where no network is. Who has it can put any model on your devices.\n` +
      `  The line above is the public key: apps hold it, and \`edge verify --public-key\` takes it.\n`,
  )
  return 0
}
