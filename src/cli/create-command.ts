import type { Command } from 'commander'
import { distance } from 'fastest-levenshtein'
import { CreateError } from '../errors.ts'
import { addRequestOptions, type RequestFlags } from './request-options.ts'

export interface CreateFlags extends RequestFlags {
  dryRun?: boolean
  force?: boolean
  install?: boolean
  git?: boolean
  yes?: boolean
}

/** The default command: generate a server, or generate it again. */
export function addCreate(program: Command, finish: (code: number) => void): void {
  addRequestOptions(program)
    .option(
      '--variable-file <file>',
      'the vars.yaml that describes the model (default: ./vars.yaml, else the iris example)',
    )
    .option('--out <dir>', 'the folder that the server is made in (default: this one)')
    .option('--dry-run', 'say what would happen to each file, and write nothing')
    .option('--force', 'replace files in conflict, after copying them to .create-inference-server/backup/')
    .option('--install', 'install the dependencies of the server')
    .option('--git', 'make the server a git repository with a first commit')
    .option('-y, --yes', 'never ask, take the defaults')
    .option('-v, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments()
    .action(async (flags: CreateFlags & { version?: boolean }, command: Command) => {
      refuseWords(command)
      if (flags.version) {
        const { readPackage } = await import('../package.ts')
        const { version } = readPackage()
        process.stdout.write(flags.json ? `${JSON.stringify({ schema: 1, ok: true, version })}\n` : `${version}\n`)
        return
      }
      const { runCreate } = await import('./run-create.ts')
      finish(await runCreate(flags))
    })
}

/** A word that is no flag is a mistyped command, or a name without its flag. */
function refuseWords({ args: [word], commands }: Command): void {
  if (word === undefined) return
  const near = commands.map((command) => command.name()).find((name) => distance(name, word) <= 3)
  throw new CreateError('usage', `unknown command "${word}"`, {
    hint: near ? `Did you mean ${near}?` : `Is it ${flagFor(word)}?`,
  })
}

function flagFor(word: string): string {
  if (/\.ya?ml$/i.test(word)) return `the vars file: --variable_file ${word}`
  if (/\.onnx$/i.test(word)) return `the model: --model ${word}`
  return `the server's name: --name ${word}`
}

const EXAMPLES = `
Examples:
  create-inference-server --name sample                       the iris example, to look around
  create-inference-server --variable-file vars.yaml           your model
  create-inference-server --variable-file vars.yaml --dry-run what would happen to each file
  create-inference-server --model model.onnx                  your model, vars derived from it
  create-inference-server validate vars.yaml                  check vars.yaml against the model

Exit codes: 0 done, 1 runtime error, 2 usage or validation, 4 untrusted template, 5 conflicts in the target.
`
