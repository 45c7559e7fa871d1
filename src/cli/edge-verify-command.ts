import type { Command } from 'commander'

export interface EdgeVerifyFlags {
  publicKey?: string
  json?: boolean
}

/** `edge verify DIR --public-key FILE`: would devices take what lies there? */
export function addEdgeVerify(edge: Command, finish: (code: number) => void): void {
  edge
    .command('verify')
    .description('check a release directory as devices do: signature, expiry, sizes, hashes, and what else lies there')
    .argument('<dir>', 'the release directory')
    .option('--public-key <file>', 'the public key that apps hold: PEM, or what edge release --new-key printed')
    .option('--json', 'print exactly one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExit codes: 0 devices install it (there may be warnings), 2 they do not, or the input is wrong.\n',
    )
    .action(async (dir: string, _flags: EdgeVerifyFlags, self: Command) => {
      const { runEdgeVerify } = await import('./run-edge-verify.ts')
      finish(await runEdgeVerify(dir, self.optsWithGlobals<EdgeVerifyFlags>()))
    })
}
