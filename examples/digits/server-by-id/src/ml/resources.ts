import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { posix } from 'node:path'
import { constrainedMemory } from 'node:process'

/**
 * How many cores this server may really use: a container sees all of its host, but its cgroup grants a quota of them.
 * At least 1; a part of a core is rounded up.
 */
export function usableCores(root = '/'): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota(root))))
}

/** In bytes: the cgroup's limit, else what the machine has. */
export function usableMemory(): number {
  const limit = constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}

/** In cores; Infinity without a limit. cgroup v2 has `cpu.max` in each group on the way up, v1 has a pair of files. */
function cgroupQuota(root: string): number {
  const own = /^0::(.+)$/m.exec(read(root, 'proc/self/cgroup'))?.[1] ?? '/'
  const quotas = ancestors(own).map((group) => coresOf(read(root, `sys/fs/cgroup${group}/cpu.max`).split(' ')))
  const v1 = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) => read(root, `sys/fs/cgroup/cpu/${file}`))
  return Math.min(...quotas, coresOf(v1))
}

/** `/a/b` is inside `/a`, which is inside `/`. */
function ancestors(group: string): readonly string[] {
  return group === '/' ? ['/'] : [group, ...ancestors(posix.dirname(group))]
}

/** "150000 100000" is 1.5 cores; "max", -1 or an absent file is no limit. */
function coresOf([quota = '', period = '']: readonly string[]): number {
  const cores = Number.parseInt(quota, 10) / Number.parseInt(period, 10)
  return cores > 0 ? cores : Number.POSITIVE_INFINITY
}

function read(root: string, file: string): string {
  try {
    return readFileSync(posix.join(root, file), 'utf8')
  } catch {
    return '' // Not Linux, or the other cgroup version.
  }
}
