/** What a request shows of who sends it: HTTP headers, or metadata of gRPC. */
export interface Credentials {
  /** `x-api-key` */
  readonly apiKey: string | undefined
  /** `authorization` */
  readonly authorization: string | undefined
}

/** Who sends a request: the name of a key, or the subject of a token. */
export interface Identity {
  readonly kind: 'key' | 'token'
  readonly name: string
}
