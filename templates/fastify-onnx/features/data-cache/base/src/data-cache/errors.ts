import { DataError } from '../ml/errors.ts'

/** Worth to ask again after so many seconds. */
const RETRY_AFTER_S = 5

export class IdNotFound extends DataError {
  constructor(id: string) {
    super(404, `There is no data with the id ${JSON.stringify(id)}.`)
  }
}

/** The source cannot be asked, or answers with an error of its own. */
export class SourceDown extends DataError {
  override readonly retryAfter = RETRY_AFTER_S

  constructor(message: string, options?: ErrorOptions) {
    super(502, message, options)
  }
}

/** The source did not answer in time. */
export class SourceSlow extends DataError {
  constructor(message: string, options?: ErrorOptions) {
    super(504, message, options)
  }
}
