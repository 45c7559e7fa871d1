import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Golden } from '../../src/edge/golden.ts'
import type { Report } from '../../src/edge/report.ts'
import { type CliResult, runCli } from '../helpers/cli.ts'

/** `edge export --json`, which must work: what it says. */
export async function exportServer(server: string, ...flags: string[]): Promise<Exported> {
  const result = await runEdge(server, ...flags, '--json')
  expect(result.code, result.stdout + result.stderr).toBe(0)
  return JSON.parse(result.stdout)
}

export interface Exported {
  readonly target: string
  readonly files: readonly { readonly path: string; readonly action: string }[]
  readonly warnings: readonly string[]
  readonly reports: readonly Report[]
}

/** `edge export`, as a user types it in the folder above the server. */
export function runEdge(server: string, ...flags: string[]): Promise<CliResult> {
  const name = server.split('/').at(-1) ?? ''
  return runCli(join(server, '..'), ['edge', 'export', name, '--target', 'board', ...flags])
}

export function readGolden(server: string, target = 'board'): Golden {
  return JSON.parse(readFileSync(join(server, 'edge', target, 'golden.json'), 'utf8'))
}

/** `create` 3, `identical` 12: how many files have become what. */
export function countActions({ files }: Exported): Record<string, number> {
  const actions = [...new Set(files.map(({ action }) => action))].sort()
  return Object.fromEntries(actions.map((action) => [action, files.filter((file) => file.action === action).length]))
}
