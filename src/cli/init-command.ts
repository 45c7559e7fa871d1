import type { Command } from 'commander'

export interface InitFlags {
  name?: string
  labels?: string
  out?: string
  set?: string[]
  json?: boolean
}

/** `init model.onnx`: a vars.yaml to start from. */
export function addInit(program: Command, finish: (code: number) => void): void {
  program
    .command('init')
    .description('print a complete, commented vars.yaml for an ONNX model')
    .argument('<model>', 'the ONNX file')
    .option('--name <name>', 'name of the server (default: that of the model)')
    .option('--labels <file>', 'the label file of a classifier')
    .option('--out <dir>', 'write vars.yaml and vars.schema.json there instead, never over a file')
    .option('--json', 'print exactly one JSON document on stdout')
    .action(async (model: string, _flags: InitFlags, self: Command) => {
      const { runInit } = await import('./run-init.ts')
      finish(await runInit({ ...self.optsWithGlobals<InitFlags>(), model }))
    })
}
