import { type Static, type TObject, Type } from '@sinclair/typebox'

/** What decides here; the other OTEL_* variables of the specification are read by OpenTelemetry itself. */
export const env = {
  /** A collector, such as http://localhost:4318. Empty, as is the next: nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.String({ default: '', pattern: '^(https?://.+)?$' }),
  /** The same, whole: http://localhost:4318/v1/traces. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: Type.String({ default: '', pattern: '^(https?://.+)?$' }),
  OTEL_SDK_DISABLED: Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'], default: 'false' }),
}

export type TracingSettings = Static<TObject<typeof env>>

/** Where traces go; undefined: nowhere. */
export function collectorUrl(settings: TracingSettings): string | undefined {
  if (settings.OTEL_SDK_DISABLED === 'true') return undefined
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = settings
  if (whole !== '') return whole
  return base === '' ? undefined : `${base.replace(/\/$/, '')}/v1/traces`
}
