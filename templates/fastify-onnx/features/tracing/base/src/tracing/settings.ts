import type { Settings, Values } from '../settings.ts'

/** What decides here; the other OTEL_* variables of the specification are read by OpenTelemetry itself. */
export const env = {
  /** A collector, such as http://localhost:4318. Empty, as is the next: nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: { type: 'string', default: '', pattern: '^(https?://.+)?$' },
  /** The same, whole: http://localhost:4318/v1/traces. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { type: 'string', default: '', pattern: '^(https?://.+)?$' },
  OTEL_SDK_DISABLED: { type: 'string', enum: ['true', 'false'], default: 'false' },
} as const satisfies Settings

export type TracingSettings = Values<typeof env>

/** Where traces go; undefined: nowhere. */
export function collectorUrl(settings: TracingSettings): string | undefined {
  if (settings.OTEL_SDK_DISABLED === 'true') return undefined
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = settings
  if (whole !== '') return whole
  return base === '' ? undefined : `${base.replace(/\/$/, '')}/v1/traces`
}
