import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { execa } from 'execa'
import nunjucks from 'nunjucks'
import { readTemplate } from '../src/inputs/template.ts'
import { printVarsSchema } from '../src/inputs/vars.ts'
import { hashFile } from '../src/lock.ts'
import { makeEnvironment } from '../src/render/environment.ts'

/**
 * Bundles the CLI and the public API into dist/, libraries included, so that installing this package installs nothing else.
 * What a command does not need stays in chunks of their own, loaded when it is.
 */
const TEMPLATES = 'templates'

/** Fills src/render/precompiled.ts with the bundled templates, compiled. */
const precompileTemplates: Plugin = {
  name: 'precompile-templates',
  setup(builder) {
    builder.onLoad({ filter: /src[\\/]render[\\/]precompiled\.ts$/ }, async () => {
      const files = (await readdir(TEMPLATES, { recursive: true })).filter((file) => file.endsWith('.njk')).sort()
      const entries = await Promise.all(files.map((file) => precompile(join(TEMPLATES, file))))
      return { contents: `export const precompiled = new Map([${entries.join(',\n')}])`, loader: 'js' }
    })
  },
}

async function precompile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8')
  // nunjucks gives the wrapper a list of one; its types say that it is the one.
  const wrapper = (templates: unknown) => `(() => {${Object(templates)[0].template}})()`
  const code = nunjucks.precompileString(text, { name: file, env: makeEnvironment(), wrapper })
  return `['${hashFile(Buffer.from(text))}', ${code}]`
}

// Made beside dist and renamed, so that a command that runs meanwhile finds one or the other.
const OUT = 'dist.new'
await rm(OUT, { recursive: true, force: true })
const result = await build({
  entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  tsconfig: 'tsconfig.json', // not the nearest one of a file: those in the template are a generated server's
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  chunkNames: 'chunks/[name]-[hash]',
  // nunjucks loads it to watch templates, which we never do.
  external: ['chokidar', 'fsevents'],
  // CommonJS libraries call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  define: {
    BUILT_VARS_SCHEMA: JSON.stringify(printVarsSchema()),
    BUILT_TEMPLATE: JSON.stringify(readTemplate(join(TEMPLATES, 'fastify-onnx'), { bundled: true })),
  },
  plugins: [precompileTemplates],
  metafile: true,
  logLevel: 'warning',
})
await execa({ stdio: 'inherit' })`tsc -p tsconfig.types.json --outDir ${OUT}`
await rm('dist', { recursive: true, force: true })
await rename(OUT, 'dist')
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
process.stdout.write(`dist/: ${Object.keys(result.metafile.outputs).length} files, ${Math.round(bytes / 1024)} kB\n`)
