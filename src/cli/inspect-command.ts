import type { Command } from 'commander'

/** `inspect model.onnx`: what a model file says of itself. */
export function addInspect(program: Command, finish: (code: number) => void): void {
  program
    .command('inspect')
    .description('say what an ONNX model takes and gives, and what it is made of')
    .argument('<model>', 'the ONNX file')
    .option('--json', 'print exactly one JSON document on stdout')
    .action(async (model: string, _flags: object, self: Command) => {
      const { runInspect } = await import('./run-inspect.ts')
      finish(await runInspect(model, self.optsWithGlobals<{ json?: boolean }>()))
    })
}
