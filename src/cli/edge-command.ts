import type { Command } from 'commander'
import { addEdgeRelease } from './edge-release-command.ts'
import { addEdgeVerify } from './edge-verify-command.ts'

export interface EdgeExportFlags {
  target?: string[]
  precision?: string
  format?: string
  samples?: string
  minAgreement?: string
  force?: boolean
  json?: boolean
}

/** `edge export|...`: the same model, with the same answers, on devices. */
export function addEdge(program: Command, finish: (code: number) => void): void {
  const edge = program
    .command('edge')
    .description('bring the model of a server to devices: a browser, Android, a small board')
  addExport(edge, finish)
  addEdgeRelease(edge, finish)
  addEdgeVerify(edge, finish)
}

function addExport(edge: Command, finish: (code: number) => void): void {
  edge
    .command('export')
    .description('write what a device needs into SERVER/edge/<target>/, checked against the server')
    .argument('[server]', 'the folder of a generated server that is installed and built', '.')
    .allowExcessArguments(false)
    .option('--target <target>', 'web, android or board (repeatable; default: what vars.yaml says, else web)', collect)
    .option('--precision <precision>', 'how weights are written down: fp32, fp16 or int8')
    .option('--format <format>', 'onnx, or ort: as onnxruntime saves it, for fp32 only')
    .option('--samples <dir>', 'real data to compare on: images, or .json files that hold {"data": ...}')
    .option(
      '--min-agreement <share>',
      'of samples, how many must keep their best label, or nearly their numbers (default: 0.99)',
    )
    .option('--force', 'replace files in conflict, after copying them to edge/.create-inference-server/backup/')
    .option('--json', 'print exactly one JSON document on stdout')
    .addHelpText('after', NOTES)
    .action(async (server: string, _flags: EdgeExportFlags, self: Command) => {
      const { runEdgeExport } = await import('./run-edge-export.ts')
      finish(await runEdgeExport(server, self.optsWithGlobals<EdgeExportFlags>()))
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

const NOTES = `
The server's own code and runtime make the export: run \`npm ci && npm run build\` there first. Nothing is sent anywhere.
Exit codes: 0 done, 1 runtime error, 2 usage or validation, 5 conflicts in SERVER/edge, 8 another template version,
9 less agreement with the original than --min-agreement.
`
