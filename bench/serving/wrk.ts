import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { CLIENT_CORE } from './cores.ts'

const SCRIPT = join(import.meta.dirname, 'post.lua')

/** What is sent, again and again: the file's bytes. */
export interface Payload {
  readonly file: string
  readonly type: string
  /** Headers beside Content-Type. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Load {
  readonly url: string
  readonly payload: Payload
  readonly connections: number
  readonly seconds: number
}

/** One slice of load. Latencies in milliseconds. */
export interface LoadSlice {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50: number
  readonly p99: number
}

const resultSchema = z.object({
  requests: z.int().positive(),
  us: z.int().positive(),
  p50Us: z.int(),
  p99Us: z.int(),
  failed: z.literal(0, 'some requests were not answered with 2xx'),
})

/** POSTs from one thread on the client's core. Throws when a single request fails: the numbers would be of something else. */
export async function applyLoad({ url, payload, connections, seconds }: Load): Promise<LoadSlice> {
  const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', '-s', SCRIPT]
  const headers = Object.entries(payload.headers ?? {}).flat()
  const args = ['wrk', ...options, url, '--', payload.file, payload.type, ...headers]
  const { stdout } = await execa('taskset', ['-c', CLIENT_CORE, ...args])
  return readResult(stdout)
}

/** The line of post.lua in what wrk prints. */
export function readResult(stdout: string): LoadSlice {
  const line = /^RESULT (.+)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk did not print a result:\n${stdout}`)
  const { requests, us, p50Us, p99Us } = resultSchema.parse(JSON.parse(line))
  return { requests, requestsPerSecond: requests / (us / 1e6), p50: p50Us / 1e3, p99: p99Us / 1e3 }
}
