import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFiles } from '../helpers/folder.ts'

/** Why the tests that need it are skipped. */
export const NEEDS_KUSTOMIZE = 'needs kustomize 5.4, or kubectl 1.31, or newer'

/** Whether there is one that builds what our manifests are made of. */
export function hasKustomize(): boolean {
  return findCommand() !== null
}

/** What would be applied: YAML. */
export function buildKustomization(folder: string): string {
  const [program, ...args] = findCommand() ?? ['kustomize', 'build']
  return execFileSync(program, [...args, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 })
}

type Command = readonly [program: string, ...args: string[]]
const COMMANDS: readonly Command[] = [
  ['kustomize', 'build'],
  ['kubectl', 'kustomize'],
]
let found: Command | null | undefined

/** Versions tell little: those that `go install` builds are often called (devel). So each is asked to do it. */
function findCommand(): Command | null {
  if (found !== undefined) return found
  const folder = mkdtempSync(join(tmpdir(), 'kustomize-'))
  writeFiles(folder, SMALLEST)
  found = COMMANDS.find((command) => canBuild(command, join(folder, 'base'))) ?? null
  rmSync(folder, { recursive: true })
  return found
}

/** A component that adds to what its kustomization generates: too much for kustomize 5.0, and for all kubectl with it. */
const SMALLEST = {
  'base/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\ncomponents: [../component]\n' +
    'configMapGenerator: [{name: settings, literals: [A=1]}]\n',
  'component/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n' +
    'configMapGenerator: [{name: settings, behavior: merge, literals: [B=2]}]\n',
}

function canBuild([program, ...args]: Command, folder: string): boolean {
  try {
    return execFileSync(program, [...args, folder], { encoding: 'utf8', stdio: 'pipe' }).includes('B: "2"')
  } catch {
    return false
  }
}
