import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js'
import { publishDoor, watchesDoors } from '../ml/events.ts'

/** Tells those who watch doors, such as tracing, of each call. Costs nothing while nobody does. */
export function announceCalls(source: object): ServerInterceptor {
  return ({ path }, call) => {
    if (!watchesDoors()) return new ServerInterceptingCall(call)
    let origin: object | undefined
    const answered: Record<string, string> = {}
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
                answered[name] = value
              },
            })
            proceed(metadata)
          },
          onCancel: () => close(status.CANCELLED),
        })
      },
      sendMetadata(metadata, next) {
        for (const [name, value] of Object.entries(answered)) metadata.set(name, value)
        next(metadata)
      },
      sendStatus(result, next) {
        close(result.code ?? status.UNKNOWN)
        next(result)
      },
    })
  }
}
