/** What a guard says no with; each door answers it in its own words. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>

  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.statusCode = statusCode
    this.headers = headers
  }
}

/** Nobody we know: 401, UNAUTHENTICATED. `challenge` says what would do (RFC 9110, 11.6.1). */
export class Unauthenticated extends Refusal {
  constructor(message: string, challenge: string) {
    super(401, message, { 'www-authenticate': challenge })
  }
}

/** Somebody we know, who may not: 403, PERMISSION_DENIED. */
export class Forbidden extends Refusal {
  constructor(message: string, challenge: string) {
    super(403, message, { 'www-authenticate': challenge })
  }
}

/** More than RATE_LIMIT: 429, RESOURCE_EXHAUSTED. */
export class TooManyRequests extends Refusal {
  constructor(message: string, retryAfterSeconds: number) {
    super(429, message, { 'retry-after': String(retryAfterSeconds) })
  }
}
