import { readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

// The second half of `npm run build`. At each start, Node would look up, read and compile some four hundred files, most of them
// fastify's. Bundled into dist/bundle/ they are a few, and the server is ready in about two thirds of the time.

/** Packages that every start loads, bundled with what they load in turn. All others stay in node_modules. */
const BUNDLED = ['ajv', 'close-with-grace', 'fastify', 'fastify-plugin']
/** Bundled by none: its log destinations are files of its own. */
const NEVER = ['pino']

const ROOT = import.meta.dirname
const DIST = join(ROOT, 'dist')
const BUNDLE = join(DIST, 'bundle')

const packages: Plugin = {
  name: 'packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const isBundled = importer.startsWith(DIST) ? BUNDLED.includes(path) : !NEVER.includes(path)
      return isBundled ? undefined : { external: true }
    })
  },
}

/** What is this model's stays a file of its own: an export for boards replaces it. */
const contract: Plugin = {
  name: 'contract',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/contract\.js$/ }, () => ({ path: '../contract.js', external: true }))
  },
}

/** What looks for a file beside itself, such as the model, finds it from the bundle as well. */
const places: Plugin = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (!path.startsWith(DIST)) return undefined
      const place = relative(BUNDLE, path).replaceAll('\\', '/')
      const text = await readFile(path, 'utf8')
      const contents = text.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`)
      return { contents, resolveDir: dirname(path) }
    })
  },
}

await rm(BUNDLE, { recursive: true, force: true })
await build({
  absWorkingDir: ROOT,
  entryPoints: ['./dist/server.js'],
  outdir: BUNDLE,
  bundle: true,
  // What is imported later, such as all that several processes need, is loaded later.
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  sourcesContent: false,
  plugins: [packages, contract, places],
  // For packages that are CommonJS.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
})
