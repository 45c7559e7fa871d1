import { Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js'
import { publishDoor, watchesDoors } from '../ml/events.ts'

/** Tells those who watch doors, such as tracing, of each call. Costs nothing while nobody does. */
export function announceCalls(source: object): ServerInterceptor {
  return ({ path }, call) => {
    if (!watchesDoors()) return new ServerInterceptingCall(call)
    let origin: object | undefined
    let answered: Readonly<Record<string, string>> = {}
    function close(code: number): void {
      if (origin) publishDoor({ kind: 'closed', source, origin, code })
      origin = undefined
    }
    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, proceed) {
            origin = metadata
            publishDoor({
              kind: 'opened',
              source,
              origin,
              method: path.slice(1),
              header: (name) => metadata.get(name)[0]?.toString(),
              respond: (name, value) => {
                answered = { ...answered, [name]: value }
              },
            })
            proceed(metadata)
          },
          // Also when grpc-js ends it, at the caller's deadline.
          onCancel: () => close(Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED),
        })
      },
      sendMetadata(metadata, next) {
        next(withEntries(metadata, answered))
        answered = {}
      },
      sendStatus(result, next) {
        close(result.code ?? status.UNKNOWN)
        // Without an answer before it, there was no metadata either.
        next({ ...result, metadata: withEntries(result.metadata ?? new Metadata(), answered) })
      },
    })
  }
}

function withEntries(metadata: Metadata, entries: Readonly<Record<string, string>>): Metadata {
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value)
  return metadata
}
