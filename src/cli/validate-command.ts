import type { Command } from 'commander'
import { addRequestOptions, type RequestFlags } from './request-options.ts'

/** `validate vars.yaml`: read and resolve, write nothing. */
export function addValidate(program: Command, finish: (code: number) => void): void {
  const command = program.command('validate')
  addRequestOptions(command)
    .description('check a vars.yaml against its model, and write nothing')
    .argument('[vars]', 'the vars file', 'vars.yaml')
    .action(async (variableFile: string, _flags: RequestFlags, self: Command) => {
      const { runValidate } = await import('./run-validate.ts')
      finish(await runValidate({ ...self.optsWithGlobals<RequestFlags>(), variableFile }))
    })
}
