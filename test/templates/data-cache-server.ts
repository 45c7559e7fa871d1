import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { ROOT } from '../helpers/paths.ts'

/** Tests of its own, which every server with data by id passes. */
export const OWN = ['data-cache', 'data-cache-admin', 'errors']

/** Generates a server in `cwd` with the packages of this repository. Gives its folder. */
export async function generate(cwd: string, args: readonly string[], name: string): Promise<string> {
  const { code, stderr } = await runCli(cwd, [...args, '--yes'])
  expect(code, stderr).toBe(0)
  const server = join(cwd, name)
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  return server
}

export async function expectToPass(
  server: string,
  tests: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const files = tests.map((name) => `test/${name}.test.ts`)
  const { stdout, exitCode } = await execa({ cwd: server, reject: false, env })`node --import tsx --test ${files}`
  expect(exitCode, failuresIn(stdout)).toBe(0)
}

/** Of a report in TAP: each test that failed, with what it says. */
function failuresIn(report: string): string {
  return report
    .split(/^(?=# Subtest)/m)
    .filter((part) => /^\s*not ok/m.test(part))
    .join('\n')
}
