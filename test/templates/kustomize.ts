import { execFileSync } from 'node:child_process'

/** Why the tests that need it are skipped. */
export const NEEDS_KUSTOMIZE = 'needs kustomize 5, or kubectl 1.31 or newer'

/** kubectl before 1.31 has a kustomize that does not know all that the manifests use (Debian's not even components): it counts as absent. */
export function hasKustomize(): boolean {
  return command() !== undefined
}

/** What would be applied: YAML. */
export function buildKustomization(folder: string): string {
  const [program = 'kustomize', ...args] = command() ?? []
  return execFileSync(program, [...args, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 })
}

let found: readonly string[] | null | undefined

function command(): readonly string[] | undefined {
  found ??= isNewKustomize() ? ['kustomize', 'build'] : isNewKubectl() ? ['kubectl', 'kustomize'] : null
  return found ?? undefined
}

function isNewKustomize(): boolean {
  return Number(/^v?(\d+)\./.exec(ask('kustomize', ['version']))?.[1]) >= 5
}

function isNewKubectl(): boolean {
  const [, minor] = /"gitVersion": "v1\.(\d+)/.exec(ask('kubectl', ['version', '--client', '-o', 'json'])) ?? []
  return Number(minor) >= 31
}

/** Empty where there is no such program. */
function ask(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}
