import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type RunningServer, runServer } from './run-server.ts'

/**
 * `npm run demo`: generates the iris server into .demo/sample, installs, builds and starts it on a free loopback port,
 * asks it, prints question and answer, and stays up. `-- --check` compares the answer with prediction_sample instead,
 * and exits with 0 or 1.
 */
const check = process.argv.includes('--check')
const folder = join('.demo', 'sample')

await step('Building the CLI', () => execa`node --import tsx scripts/build.ts`)
await step('Generating .demo/sample', async () => {
  await rm(folder, { recursive: true, force: true })
  await execa`node bin/create-inference-server.js --name sample --out .demo --variable_file examples/iris/vars.yaml --yes`
})
await step('Installing its dependencies (npm ci)', () => execa({ cwd: folder })`npm ci --no-audit --no-fund`)
await step('Building it (npm run build)', () => execa({ cwd: folder })`npm run build`)
const server = await runServer(folder)
const ok = await ask(server)
if (check) process.exitCode = (await server.stop()) === 0 && ok ? 0 : 1
else stayUp(server)

async function step(what: string, run: () => PromiseLike<unknown>): Promise<void> {
  process.stdout.write(`${what} ...\n`)
  await run()
}

/** Prints the sample's question and answers; true when the prediction is the one of vars.yaml. */
async function ask({ url }: RunningServer): Promise<boolean> {
  const metadata: { data_sample: unknown; prediction_sample: readonly number[] } = JSON.parse(
    await (await fetch(`${url}/metadata`)).text(),
  )
  const body = JSON.stringify({ data: metadata.data_sample })
  const [prediction, label] = await Promise.all([post(`${url}/predict`, body), post(`${url}/predict/label`, body)])
  process.stdout.write(`
The server answers on ${url}:

  $ curl -s ${url}/predict -H 'content-type: application/json' -d '${body}'
  ${prediction}
  $ curl -s ${url}/predict/label -H 'content-type: application/json' -d '${body}'
  ${label}

`)
  const ok = isClose(JSON.parse(prediction).prediction, metadata.prediction_sample)
  process.stdout.write(
    `${ok ? '✔ equals' : '✖ differs from'} prediction_sample of vars.yaml: ${JSON.stringify(metadata.prediction_sample)}\n`,
  )
  return ok
}

async function post(url: string, body: string): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return answer.text()
}

/** The tolerance of VARS.md: |a-b| <= 1e-4 * max(1, |b|). */
function isClose(actual: readonly number[], expected: readonly number[]): boolean {
  return (
    actual.length === expected.length &&
    expected.every((value, i) => Math.abs((actual[i] ?? Number.NaN) - value) <= 1e-4 * Math.max(1, Math.abs(value)))
  )
}

function stayUp(running: RunningServer): void {
  process.stdout.write(`API page: ${running.url}/docs    Code: ${folder}/src    Stop: Ctrl-C\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void running.stop().then((code) => process.exit(code ?? 0)))
}
