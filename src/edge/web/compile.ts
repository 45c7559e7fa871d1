import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { withScratchFolder } from '../../create.ts'
import { CreateError } from '../../errors.ts'
import type { BuiltServer } from '../target.ts'
import { listFiles } from './page.ts'

/** Each file for itself, without a look at types: `npm run edge:check` does that. */
const OPTIONS = [
  '--ignoreConfig',
  '--noCheck',
  '--noResolve',
  '--removeComments',
  '--target',
  'ES2022',
  '--module',
  'ESNext',
  '--moduleResolution',
  'bundler',
  '--moduleDetection',
  'legacy',
  '--verbatimModuleSyntax',
  '--rewriteRelativeImportExtensions',
  '--noEmit',
  'false',
]

/** The TypeScript of a folder as JavaScript, by path, compiled by the server's own compiler. Throws CreateError. */
export async function compileSources(server: BuiltServer, folder: string): Promise<ReadonlyMap<string, string>> {
  const compiler = findCompiler(server)
  const sources = listFiles(folder).filter((file) => file.endsWith('.ts'))
  return withScratchFolder(async (scratch) => {
    const args = [...OPTIONS, '--rootDir', folder, '--outDir', scratch, ...sources.map((file) => join(folder, file))]
    try {
      await promisify(execFile)(process.execPath, [compiler, ...args])
    } catch (error) {
      throw notCompiled(folder, error)
    }
    const compiled = sources.map((file) => file.replace(/\.ts$/, '.js'))
    return new Map(compiled.map((file) => [file, readFileSync(join(scratch, file), 'utf8')]))
  })
}

function findCompiler({ resolve, config }: BuiltServer): string {
  const found = resolve('typescript/package.json')
  if (found !== null) return join(dirname(found), 'bin/tsc')
  throw new CreateError('not_found', `${config.name} has no TypeScript, which compiles the page`, {
    hint: 'Install what building needs as well: npm install --include=dev',
  })
}

function notCompiled(folder: string, error: unknown): CreateError {
  const { stdout = '' } = Object(error)
  const lines = String(stdout).trim().split('\n').filter(Boolean)
  return new CreateError('invalid', `${folder} does not compile`, {
    issues: lines.slice(0, 10).map((message) => ({ message })),
    cause: error,
  })
}
