/** Of vars.yaml, options.data_cache: options.ts is rendered from it. */
export interface CacheVars {
  /** What is kept: the bytes of the source, the model's inputs, or what its encoder makes of them. */
  readonly level: 'input' | 'preprocessed' | 'features'
  /** When: on a request's miss, before serving, or both. */
  readonly fill: 'request' | 'batch' | 'both'
  readonly memory_mb: number
  readonly ttl_s: number
  /** GET /predict/test asks for it. */
  readonly sample_id: string | null
  readonly source: {
    /** Servers with the same name read the same data, and may share what is prepared of it. */
    readonly name: string
    readonly path: string
    readonly base_url: string
    readonly timeout_ms: number
    readonly max_bytes: number
  }
}
