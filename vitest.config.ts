import { defineConfig } from 'vitest/config'
import { resolveOverlay } from './test/helpers/overlay.ts'

const json = process.env.VITEST_JSON

export default defineConfig({
  // Not the nearest one: some files of the template have theirs where a generated server has it.
  tsconfig: 'tsconfig.json',
  plugins: [{ name: 'overlay', enforce: 'pre', resolveId: resolveOverlay }],
  test: {
    // Tests of the command run what users run: the bundle.
    globalSetup: ['test/helpers/build.ts'],
    setupFiles: ['test/helpers/seed.ts'],
    include: ['test/**/*.test.ts'],
    // Real servers, child processes and npm installs take their time on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // It imports JSON as Node does not.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
    // vitest would leave one core to itself; it has nothing to do meanwhile.
    maxWorkers: '100%',
    // CI counts from the JSON report.
    reporters: json ? ['default', 'json'] : ['default'],
    ...(json ? { outputFile: { json } } : {}),
  },
})
