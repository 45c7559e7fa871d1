import { execFileSync } from 'node:child_process'

/** kubectl before 1.27 has a kustomize that knows no components (it counts as absent). */
export function hasKustomize(): boolean {
  try {
    const { clientVersion } = JSON.parse(
      execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8', stdio: 'pipe' }),
    )
    return Number(clientVersion.major) === 1 && Number.parseInt(clientVersion.minor, 10) >= 27
  } catch {
    return false
  }
}
