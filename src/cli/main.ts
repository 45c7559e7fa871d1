import { Command, CommanderError } from 'commander'
import { CreateError } from '../errors.ts'
import { addConformance } from './conformance-command.ts'
import { addCreate } from './create-command.ts'
import { addEdge } from './edge-command.ts'
import { EXIT_CODES, EXIT_OUR_FAULT } from './exit-code.ts'
import { addInit } from './init-command.ts'
import { addInspect } from './inspect-command.ts'
import { addValidate } from './validate-command.ts'

/**
 * The process edge: the only place that knows argv, the console and exit codes.
 * @returns the exit code (CLI.md).
 */
export async function main(argv: readonly string[]): Promise<number> {
  const args = argv.map(toKebab)
  const outcome = { code: 0 }
  process.once('SIGINT', () => process.exit(EXIT_CODES.interrupted))
  try {
    await makeProgram((code) => {
      outcome.code = code
    }).parseAsync(args, { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    return reportError(error instanceof CommanderError ? toUsageError(error) : error, args.includes('--json'))
  }
}

/** Both spellings of a flag are one: `--variable_file` is the original pattern's, `--variable-file` the command line's. */
function toKebab(argument: string): string {
  const [, flag, value = ''] = /^(--[a-z_-]+)(=.*)?$/s.exec(argument) ?? []
  return flag === undefined ? argument : flag.replaceAll('_', '-') + value
}

function makeProgram(finish: (code: number) => void): Command {
  const program = new Command('create-inference-server')
    .description('One command turns an ONNX model and a vars.yaml into an inference server that your team owns.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined })
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
  addCreate(program, finish)
  addValidate(program, finish)
  addInspect(program, finish)
  addInit(program, finish)
  addConformance(program, finish)
  addEdge(program, finish)
  return program
}

function toUsageError(error: CommanderError): CreateError {
  if (error.code === 'commander.help')
    return new CreateError('usage', 'which command?', { hint: 'Add --help to see what there is.' })
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const hint = suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'Run create-inference-server --help to see what there is.'
  return new CreateError('usage', message.replaceAll("'", '"'), { hint })
}

async function reportError(error: unknown, json: boolean): Promise<number> {
  const { errorDocument, formatError } = await import('./print.ts')
  if (json) process.stdout.write(`${JSON.stringify(errorDocument(error), null, 2)}\n`)
  else process.stderr.write(formatError(error))
  return error instanceof CreateError ? EXIT_CODES[error.code] : EXIT_OUR_FAULT
}
