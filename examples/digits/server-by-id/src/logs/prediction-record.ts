import { createHash } from 'node:crypto'
import type { Call } from '../ml/call.ts'
import type { RequestEvent } from '../ml/events.ts'
import { encodePrediction } from '../transforms/encode.ts'
import type { Contract } from '../transforms/types.ts'

/** How the input is written: whole, as its SHA-256, or not at all. */
export type InputForm = 'full' | 'hash' | 'off'

/** One line of the prediction log. The input's hash is that of its JSON without spaces; of an image, that of its bytes. */
export function predictionRecord(event: RequestEvent, { model }: Contract, form: InputForm): object {
  const { call } = event
  return {
    request_id: call.caller.id,
    model_sha256: model.sha256,
    ...describeInput(event, form),
    output: event.kind === 'raw' ? encodePrediction(event.output) : event.output,
    ms: describeTimes(call),
  }
}

function describeInput(event: RequestEvent, form: InputForm): object {
  if (form === 'off') return {}
  const data = event.kind === 'raw' ? encodePrediction(event.input) : event.input.data
  const bytes = Buffer.isBuffer(data) ? data : undefined
  if (form === 'full') return { input: bytes ? { b64: bytes.toString('base64') } : data }
  const hash = createHash('sha256').update(bytes ?? JSON.stringify(data))
  return { input_sha256: hash.digest('hex') }
}

/** In milliseconds, to the microsecond. */
function describeTimes({ ms, totalMs }: Call): object {
  const round = (value: number) => Math.round(value * 1000) / 1000
  return {
    preprocess: round(ms.preprocess),
    queue: round(ms.queue),
    inference: round(ms.inference),
    postprocess: round(ms.postprocess),
    total: round(totalMs),
  }
}
