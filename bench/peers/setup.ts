import { execa } from 'execa'
import type { Section } from '../serving/results.ts'
import { table } from '../serving/table.ts'
import { pinnedVersions } from './environment.ts'
import { measureOwnSize, sizeOf } from './install-size.ts'
import type { Installed } from './installed.ts'

interface Options {
  readonly installed: readonly Installed[]
  /** A generated server that is built. */
  readonly target: string
  /** Where it is installed for production. */
  readonly folder: string
  /** The day, the machine and the versions. */
  readonly run: string
}

/** The section that says which servers were compared, how they are configured, and what they take on disk. */
export async function describeSetup({ installed, target, folder, run }: Options): Promise<Section> {
  const { stdout: python } = await execa`python3 --version`
  const settings = await Promise.all(
    installed.map(async ({ peer }) => `- **${peer.title}** (${await pinnedVersions(peer)}): ${peer.settings}.`),
  )
  return {
    id: 'peers',
    title: 'Side by side: the servers',
    blocks: [
      `\`npm run bench:peers\`, ${run} ${python}, onnxruntime 1.30.0 in all of them.`,
      ABOUT,
      settings.join('\n'),
      await sizeTable(installed, await measureOwnSize(target, folder)),
      SIZES,
    ],
  }
}

async function sizeTable(
  installed: readonly Installed[],
  own: { readonly installed: number; readonly inImage: number },
): Promise<string> {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0)
  const peers = await Promise.all(
    installed.map(async ({ peer, environment }) => [peer.title, mb(await sizeOf(environment.folder))]),
  )
  return table(
    ['server', 'on disk, MB'],
    [
      ['this, as `npm ci --omit=dev` leaves it', mb(own.installed)],
      ["this, as in its image: without onnxruntime's other platforms", mb(own.inImage)],
      ...peers,
    ],
  )
}

const ABOUT = `The same ONNX file and the same input for all, in each one's own protocol; a run fails
unless all predictions agree (1e-4). Every server has one core for all of its processes, the client (wrk) the other; inference runs on
one thread. Slices are interleaved, each round begins with another server, ratios are taken within a round. All servers run
throughout, and those that are not measured are stopped by SIGSTOP, because some poll while they wait. *First prediction*: from the
start of the process until \`POST\` of the input is answered 200, asked every 5 ms, the server alone on the machine. *Memory*: the
proportional set size (PSS) of all its processes after a second of load. Where a peer's documentation leaves settings to
experiment, we tried some in short runs with iris at 64 connections on a shared machine, and took what was fastest or could not be told
from it; MLP uses the same. \`bench/peers/README.md\` lists all that was tried. Our server runs with its defaults. All peers get uvloop
and httptools, whether they ask for them or not.`

const SIZES = `MB are 10^6 bytes, blocks as \`du\` counts them. Node.js and Python themselves are not included, nor is pip.`
