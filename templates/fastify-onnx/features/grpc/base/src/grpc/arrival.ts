import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { HttpError } from '../plugins/problem.ts'
import { requestId } from '../request-id.ts'
import type { Explain } from './status.ts'

const ID = 'x-request-id'

/** The id of a call that has come in by the interceptor below. */
export function idOf(metadata: Metadata): string {
  return metadata.get(ID)[0]?.toString() ?? ''
}

/**
 * In front of all else: a call gets an id (the caller's own, if it can stand in a log), which goes back with the answer, and has
 * to arrive in time, or a caller who never ends its message would be held for ever.
 */
export function receiveCalls(timeoutMs: number, explain: Explain): ServerInterceptor {
  return ({ path }, call) => {
    let id = ''
    let timer: NodeJS.Timeout | undefined
    const giveUp = () => call.sendStatus(explain(new HttpError(408, 'The call did not arrive in time.'), { id, path }))
    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, proceed) {
            id = requestId(idOf(metadata))
            metadata.set(ID, id)
            timer = setTimeout(giveUp, timeoutMs)
            proceed(metadata)
          },
          onReceiveHalfClose(proceed) {
            clearTimeout(timer)
            proceed()
          },
          onCancel: () => clearTimeout(timer),
        })
      },
      sendMetadata(metadata, next) {
        metadata.set(ID, id)
        next(metadata)
      },
    })
  }
}
