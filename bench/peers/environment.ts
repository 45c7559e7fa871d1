import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Peer } from './peer.ts'

const CACHE = join(import.meta.dirname, '.cache')

/** A peer's Python environment. */
export interface Environment {
  readonly folder: string
  /** Of its programs. */
  readonly bin: string
}

/**
 * Makes the peer's environment, or takes the one that an earlier run made of the same requirements. Throws when they cannot be
 * installed, as without a Python registry. pip is that of the machine: it is no part of what is installed.
 */
export async function prepareEnvironment({ folder: own }: Peer): Promise<Environment> {
  const folder = join(CACHE, own)
  const requirements = join(import.meta.dirname, own, 'requirements.txt')
  const [marker, wanted] = [join(folder, 'installed.txt'), await readFile(requirements, 'utf8')]
  if ((await readFile(marker, 'utf8').catch(() => '')) !== wanted) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(CACHE, { recursive: true })
    await execa`python3 -m venv --without-pip ${folder}`
    await execa`python3 -m pip --python ${join(folder, 'bin/python')} install --quiet --no-deps --requirement ${requirements}`
    await writeFile(marker, wanted)
  }
  return { folder, bin: join(folder, 'bin') }
}

/** The pinned versions of some packages, as in `fastapi 0.165.0, uvicorn 0.54.0`. Throws when one is not pinned. */
export async function pinnedVersions({ folder, packages }: Peer): Promise<string> {
  const pins = await readFile(join(import.meta.dirname, folder, 'requirements.txt'), 'utf8')
  return packages.map((name) => `${name} ${versionOf(name, pins)}`).join(', ')
}

function versionOf(name: string, pins: string): string {
  const line = pins.split('\n').find((one) => one.startsWith(`${name}==`))
  if (line === undefined) throw new Error(`${name} has no exact version in requirements.txt`)
  return line.slice(name.length + 2)
}
