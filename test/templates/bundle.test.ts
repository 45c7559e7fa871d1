import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runServer } from '../../scripts/run-server.ts'
import { buildExample } from '../helpers/built-server.ts'
import { makeFolder } from '../helpers/folder.ts'

const STATIC = /^import (?:[^'"]* from )?"([^"]+)";$/gm

/** What is loaded with a file of the bundle, through all that it imports: packages and files outside of the bundle. */
function loadedWith(bundle: string, file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const imports = [...readFileSync(join(bundle, file), 'utf8').matchAll(STATIC)].map(([, specifier = '']) => specifier)
  return imports.flatMap((specifier) =>
    specifier.startsWith('./') ? loadedWith(bundle, specifier.slice(2), seen) : specifier,
  )
}

test('what code looks for beside its own file is found from the bundle: threads, the model, other processes', async () => {
  const server = await buildExample('iris', makeFolder())
  const { url, stop } = await runServer(server, { INFERENCE_THREADS: '1', PROCESSES: '2' })
  onTestFinished(async () => void (await stop()))
  expect((await fetch(`${url}/predict/test`)).status).toBe(200)
})

test('a start loads two packages, and the contract, from outside of the bundle', async () => {
  const bundle = join(await buildExample('iris', makeFolder()), 'dist/bundle')
  const app = readdirSync(bundle).filter((file) => /^app-\w+\.js$/.test(file))
  expect(app).toHaveLength(1)
  const loaded = ['server.js', ...app].flatMap((file) => loadedWith(bundle, file))
  const others = new Set(loaded.filter((specifier) => !specifier.startsWith('node:')))
  expect([...others].sort()).toEqual(['../contract.js', 'onnxruntime-node', 'pino'])
})
