import chalk from 'chalk'
import type { Finding } from '../edge/releases/finding.ts'
import { type Verified, verify } from '../edge/releases/verify.ts'
import { CreateError } from '../errors.ts'
import type { EdgeVerifyFlags } from './edge-verify-command.ts'
import { EXIT_CODES } from './exit-code.ts'
import { errorDocument, formatError, formatWarnings } from './print.ts'
import { alignRows } from './report.ts'

/** Verifies a release directory and prints what is wrong with it; exit code 2 when devices do not install it. */
export async function runEdgeVerify(folder: string, { publicKey, json }: EdgeVerifyFlags): Promise<number> {
  if (publicKey === undefined) {
    throw new CreateError('usage', 'Which key do the apps hold?', {
      hint: '--public-key FILE: PEM, or the line that create-inference-server edge release --new-key printed.',
    })
  }
  const verified = await verify({ folder, publicKey })
  const error = toError(folder, verified)
  if (json) process.stdout.write(verifyDocument(folder, verified, error))
  else printVerified(folder, verified, error)
  return error === null ? 0 : EXIT_CODES[error.code]
}

function toError(folder: string, { findings }: Verified): CreateError | null {
  const errors = findings.filter(({ level }) => level === 'error')
  if (errors.length === 0) return null
  return new CreateError('invalid', `devices do not install what is in ${folder}, or it is not safe there`, {
    issues: errors.map(({ file, at, message }) => ({ file, ...(at !== '' && { path: at }), message })),
    hint: 'Copy the directory again from where it was made, manifest.json last; or release again with create-inference-server edge release.',
  })
}

function verifyDocument(folder: string, { manifest, releases, findings }: Verified, error: CreateError | null): string {
  const warnings = findings.filter(({ level }) => level === 'warning').map(printFinding)
  const head = error === null ? { schema: 1, ok: true } : errorDocument(error)
  return `${JSON.stringify({ ...head, target: folder, manifest, releases, warnings }, null, 2)}\n`
}

function printVerified(folder: string, { manifest, releases, findings }: Verified, error: CreateError | null): void {
  if (error) process.stderr.write(formatError(error))
  else if (manifest) {
    const { name, version, rollout, expires, model } = manifest
    const rows = [
      ['model', `${model.size} bytes`, `${model.precision}, ${model.file}`],
      ['rollout', `${rollout} %`, ''],
      ['expires', expires, ''],
      ['kept', `${releases}`, releases === 1 ? 'manifest' : 'manifests'],
    ]
    process.stdout.write(
      `${chalk.green('✔')} ${folder} is whole: ${chalk.bold(name)} version ${version}\n${alignRows(rows)}`,
    )
  }
  process.stderr.write(formatWarnings(findings.filter(({ level }) => level === 'warning').map(printFinding)))
}

function printFinding({ file, at, message }: Finding): string {
  return `${at === '' ? file : `${file} ${at}`}: ${message}`
}
