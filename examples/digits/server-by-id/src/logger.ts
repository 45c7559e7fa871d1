import type { LoggerOptions } from 'pino'
import type { Config } from './config.ts'

/** Lines for machines (LOG_FORMAT=json) or for people, each with the id of its process. */
export function loggerOptions({ LOG_LEVEL, LOG_FORMAT }: Config): LoggerOptions {
  return { level: LOG_LEVEL, ...(LOG_FORMAT === 'text' && { transport: { target: 'pino-pretty' } }) }
}
