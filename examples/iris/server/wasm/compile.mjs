// node wasm/compile.mjs: compiles passes.ts, and writes src/transforms/passes-wasm.ts. AssemblyScript is fetched when it is needed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = 'assemblyscript@0.28.20'
const OPTIONS = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--initialMemory', '1']
const place = (path) => fileURLToPath(new URL(path, import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'wasm-'))
try {
  const compiled = join(folder, 'passes.wasm')
  const source = place('passes.ts')
  execFileSync('npx', ['--yes', '-p', PACKAGE, 'asc', source, ...OPTIONS, '--outFile', compiled], { stdio: 'inherit' })
  const base64 = readFileSync(compiled).toString('base64')
  const lines = base64.match(/.{1,110}/g).map((line) => `  '${line}'`)
  writeFileSync(
    place('../src/transforms/passes-wasm.ts'),
    `/** Made from wasm/passes.ts by \`node wasm/compile.mjs\` (${PACKAGE}): do not edit. WebAssembly in base64. */
export const PASSES_WASM =
${lines.join(' +\n')}
`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
