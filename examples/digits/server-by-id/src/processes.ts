import type { Config } from './config.ts'
import { usableCores, usableMemory } from './ml/resources.ts'
import type { Resources } from './ml/tuning.ts'

/** The first process ended before it was ready: the others would, too. Stops the start. */
export class FirstProcessEnded extends Error {
  /** Whether the process has already said why. */
  readonly isExplained: boolean

  constructor(reason: string, isExplained: boolean) {
    super(`the first process ended before it was ready: ${reason}`)
    this.isExplained = isExplained
  }
}

/** How many processes serve, and why: PROCESSES, or one for each core that the settings of threads leave. */
export function countProcesses(config: Config, cores = usableCores()): { count: number; reason: string } {
  const { PROCESSES } = config
  if (PROCESSES !== 'auto') return { count: Number(PROCESSES), reason: `PROCESSES=${PROCESSES}` }
  const each = Math.max(1, byHand(config.INFERENCE_THREADS) ?? 1) * (config.INTRA_OP_THREADS || 1)
  const count = Math.max(1, Math.floor(cores / each))
  return { count, reason: `PROCESSES=auto: ${cores} cores, ${each} for each process` }
}

/** What one process may use of what the cgroup grants, so that all of them together stay within. */
export function processResources(config: Config, modelBytes: number): Resources {
  const { count } = countProcesses(config)
  return {
    cores: Math.max(1, Math.floor(usableCores() / count)),
    memoryBytes: usableMemory() / count,
    modelBytes,
    inferenceThreads: byHand(config.INFERENCE_THREADS),
    intraOpThreads: config.INTRA_OP_THREADS || undefined,
  }
}

function byHand(setting: string): number | undefined {
  return setting === 'auto' ? undefined : Number(setting)
}
