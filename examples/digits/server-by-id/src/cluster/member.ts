import cluster, { type Worker } from 'node:cluster'
import { NOBODY_LISTENS, QUIET, READY, STOP, tell, untilTold } from './messages.ts'

/** One of several processes that serve, as it sees itself. */
export interface Member {
  /** Whether others serve while it warms up. */
  readonly joinsOthers: boolean
  tellReady(): void
  /** The supervisor says so; then this process is to end by itself. */
  untilStop(): Promise<void>
  /** There is no supervisor any more, or it wants nothing from this one, which does not listen yet. */
  untilAlone(): Promise<void>
  /** To be called when nobody connects any more: resolves when all processes have said so, and the port is closed. */
  closeForAll(): Promise<void>
}

/** The process that this is, or undefined in the supervisor. */
export const member = cluster.worker && joinAs(cluster.worker)

function joinAs(worker: Worker): Member {
  const stop = untilTold(worker, STOP)
  const alone = new Promise<void>((resolve) => {
    worker.on('disconnect', () => resolve())
  })
  const nobodyListens = untilTold(worker, NOBODY_LISTENS)
  return {
    joinsOthers: worker.id > 1,
    tellReady: () => tell(worker, READY),
    untilStop: () => stop,
    untilAlone: () => alone,
    closeForAll() {
      tell(worker, QUIET)
      return nobodyListens
    },
  }
}
