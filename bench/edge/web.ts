import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { type ExportedExample, exportExample } from '../../test/edge/exported.ts'
import { hostStatically } from '../../test/edge/static-host.ts'
import { describeRun } from '../serving/machine.ts'
import { publish, type Section, showSection } from '../serving/results.ts'
import { ratios } from '../serving/statistics.ts'
import { type Measure, measureTable } from '../serving/table.ts'
import { measureFirstResult } from './first-result.ts'
import { openNode, openWeb } from './inference.ts'
import { weighPage } from './page-weight.ts'

// `npm run bench:edge [-- --publish]`: the page that `edge export` makes, in a headless Chromium: what it weighs, how long the
// first answer takes when all is on the device, and how fast the model runs, against onnxruntime-node.

const ROUNDS = 9
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

const run = await describeRun(ROUNDS)
const folder = await mkdtemp(join(tmpdir(), 'cis-edge-'))
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
try {
  const measures: Measure[] = []
  for (const name of ['digits', 'iris'] as const) {
    const example = await exportExample(folder, name)
    measures.push(...(await measurePage(name, example)), await measureInference(name, example))
  }
  const section: Section = {
    id: 'edge-web',
    title: 'The page for browsers',
    blocks: [
      `\`npm run bench:edge\`, ${run} ${browser.browserType().name()} ${browser.version()}.`,
      measureTable(measures),
    ],
  }
  process.stdout.write(`${showSection(section)}\n`)
  if (process.argv.includes('--publish')) await publish(section)
} finally {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
}

async function measurePage(name: string, { web }: ExportedExample): Promise<Measure[]> {
  const host = await hostStatically(web)
  try {
    const weight = await weighPage(browser, host, web)
    const first = await measureFirstResult(browser, host.url, ROUNDS)
    return [
      {
        what: `${name}: page without model and wasm, kB gzip`,
        values: [weight / 1000],
        digits: 1,
        goal: { atMost: 120 },
      },
      { what: `${name}: first answer, all on the device, ms`, values: first, digits: 0, goal: { atMost: 1500 } },
    ]
  } finally {
    await host.kill()
  }
}

/** Slices of both take turns: a machine that is shared swings within seconds. */
async function measureInference(name: string, example: ExportedExample): Promise<Measure> {
  const host = await hostStatically(example.web)
  const page = await (await browser.newContext()).newPage()
  try {
    const node = await openNode(example.web)
    const web = await openWeb(page, example.web, host.url)
    const [times, others]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await web())
      others.push(await node())
    }
    const what = `${name}: time of a run, WebAssembly / onnxruntime-node, one thread each`
    return { what, values: ratios(times, others), digits: 2, goal: { atMost: 2.5 } }
  } finally {
    await page.close()
    await host.kill()
  }
}
