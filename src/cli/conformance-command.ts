import type { Command } from 'commander'

export interface ConformanceFlags {
  model?: string
  input?: string
  header?: string[]
  timeout?: string
  insecure?: boolean
  limits?: boolean
  json?: boolean
}

/** `conformance http://host:8000`: does a server speak the Open Inference Protocol V2? */
export function addConformance(program: Command, finish: (code: number) => void): void {
  program
    .command('conformance')
    .description('ask any running server whether it speaks the Open Inference Protocol V2, and print a scorecard')
    .argument('<url>', 'the server: what comes before /v2, such as http://127.0.0.1:8000')
    .option('--model <name>', 'the model to ask (default: the only one that the server lists)')
    .option('--input <file>', 'a V2 infer request in JSON that the model takes (default: made from its metadata)')
    .option('--header <line>', "sent with every request, such as 'X-API-Key: ...' (repeatable)", collect)
    .option('--timeout <seconds>', 'how long each case may take (default: 10)')
    .option('--limits', 'ask with bodies of 10 MiB, with a gzip bomb and with deeply nested JSON too')
    .option('--insecure', 'take a certificate that no authority vouches for')
    .option('--json', 'print exactly one JSON document on stdout')
    .addHelpText('after', NOTES)
    .action(async (url: string, _flags: ConformanceFlags, self: Command) => {
      const { runConformance } = await import('./run-conformance.ts')
      finish(await runConformance(url, self.optsWithGlobals<ConformanceFlags>()))
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

const NOTES = `
Nothing is changed on the server; about a hundred small requests are sent, most of them wrong on purpose.
Exit codes: 0 it conforms, 1 a required case failed, 2 there is no such server or model.
`
