import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { linkPackages } from '../serving/generated.ts'
import { describeRun } from '../serving/machine.ts'
import { publish, type Section, showSection } from '../serving/results.ts'
import type { Part } from './part.ts'
import { checkTable } from './verdict.ts'

/** Runs a part against a freshly generated server and prints what came of it; without --try also into bench/RESULTS.md. Exit code 1: a promise was broken. */
export async function runPart(part: Part): Promise<void> {
  const { values } = parseArgs({ options: { try: { type: 'boolean', default: false } }, strict: false })
  const folder = await mkdtemp(join(tmpdir(), 'cis-robustness-'))
  try {
    await linkPackages(folder)
    const run = await describeRun()
    const checks = await part.run(folder)
    const blocks = [`\`npm run robustness:${part.id}\`, ${run}`, part.introduction, checkTable(checks)]
    const section: Section = { id: `robustness-${part.id}`, title: part.title, blocks }
    process.stdout.write(`${showSection(section)}\n\n`)
    if (values.try !== true) await publish(section)
    if (checks.some(({ kept }) => !kept)) process.exitCode = 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
