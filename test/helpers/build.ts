import { execa } from 'execa'
import { ROOT } from './paths.ts'

/** Once before all tests: bundles the CLI, so that what is tested is what is in src. */
export default async function build(): Promise<void> {
  await execa({ cwd: ROOT })`node --import tsx scripts/build.ts`
}
