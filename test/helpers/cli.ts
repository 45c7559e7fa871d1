import { execa } from 'execa'
import { BIN } from './paths.ts'

export interface CliResult {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs the bundled command as a user would, without a terminal. */
export async function runCli(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], {
    cwd,
    env: { NO_COLOR: '1', ...env },
    reject: false,
    stdin: 'ignore',
  })
  return { code: exitCode, stdout, stderr }
}
