import type { Command } from 'commander'

export interface EdgeReleaseFlags {
  key?: string
  passphraseFile?: string
  newKey?: string
  out?: string
  releaseVersion?: string
  rollout?: string
  expires?: string
  minRuntime?: string
  released?: string
  keep?: string
  target?: string
  model?: string
  precision?: string
  json?: boolean
}

/** `edge release SERVER --key FILE.pem`: a signed model, for devices to update to. */
export function addEdgeRelease(edge: Command, finish: (code: number) => void): void {
  edge
    .command('release')
    .description('sign the exported model and add it to a release directory, which devices update from')
    .argument('[server]', 'the folder of a generated server', '.')
    .option('--key <file>', 'the private key that signs it: PEM, ECDSA P-256, kept outside of the project')
    .option('--passphrase-file <file>', 'what opens an encrypted key (/dev/stdin to type it)')
    .option('--new-key <file>', 'only make a key pair: the private key into a new file, the public one on stdout')
    .option('--out <dir>', 'the release directory (default: SERVER/edge/releases)')
    .option('--target <target>', 'the export that the model is taken from (needed when exports differ)')
    .option('--model <file>', 'a model file in place of an export, with the inputs and outputs of the server')
    .option('--precision <precision>', 'of --model: fp32, fp16 or int8 (default: fp32)')
    .option('--release-version <number>', 'its version (default: one more for a new model, else the same)')
    .option('--rollout <percent>', 'of the devices that may install it (default: 100)')
    .option('--expires <when>', 'a date or a duration after which it is not installed any more (default: 365d)')
    .option('--min-runtime <version>', 'the oldest onnxruntime that runs it, or none')
    .option('--released <date>', 'the date of the release (default: now)')
    .option('--keep <versions>', 'of how many versions the models are kept (default: 3)')
    .option('--json', 'print exactly one JSON document on stdout')
    .addHelpText('after', NOTES)
    .action(async (server: string, _flags: EdgeReleaseFlags, self: Command) => {
      const { runEdgeRelease } = await import('./run-edge-release.ts')
      finish(await runEdgeRelease(server, self.optsWithGlobals<EdgeReleaseFlags>()))
    })
}

const NOTES = `
The same model again, with another --rollout, --expires or --min-runtime, keeps its version: so a rollout is widened, or
stopped with --rollout 0. The directory can be served while it is written: devices see the old release or the new one.
Exit codes: 0 done, 1 runtime error, 2 usage or validation, 5 something in the way.
`
