import { rm } from 'node:fs/promises'
import { build } from 'esbuild'
import { execa } from 'execa'

/**
 * Bundles the CLI and the public API into dist/, libraries included, so that installing this package installs nothing else.
 * What a command does not need stays in chunks of their own, loaded when it is.
 */
await rm('dist', { recursive: true, force: true })
const result = await build({
  entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'eof',
  chunkNames: 'chunks/[name]-[hash]',
  // nunjucks loads it to watch templates, which we never do.
  external: ['chokidar', 'fsevents'],
  // CommonJS libraries call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
})
await execa({ stdio: 'inherit' })`tsc -p tsconfig.types.json`
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
process.stdout.write(`dist/: ${Object.keys(result.metafile.outputs).length} files, ${Math.round(bytes / 1024)} kB\n`)
