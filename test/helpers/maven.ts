import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import { ROOT } from './paths.ts'

/** Why edge-core cannot be compiled here, for the name of what is skipped; '' where it can. */
export const noMaven = findMaven()

function findMaven(): string {
  const pom = join(ROOT, 'templates/fastify-onnx/features/edge-android/base/edge-android/edge-core/pom.xml')
  try {
    execFileSync('mvn', ['-v'], { stdio: 'ignore' })
  } catch {
    return ' (skipped: Maven is not installed)'
  }
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:resolve'], { stdio: 'ignore' })
    return ''
  } catch {
    return ' (skipped: Maven finds no repository)'
  }
}

/** Maven in the folder of a pom.xml: how it ended and what it printed. */
export async function runMaven(
  folder: string,
  ...words: string[]
): Promise<{ code: number | undefined; output: string }> {
  const { exitCode, all } = await execa('mvn', ['-q', '-B', ...words], { cwd: folder, all: true, reject: false })
  return { code: exitCode, output: stripVTControlCharacters(all).trim() }
}
