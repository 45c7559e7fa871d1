import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { LOCALE } from './children.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What the numbers of a sweep depend on. */
export async function readVersions(): Promise<Record<string, string>> {
  return {
    'libonnx-testdata': await packageVersion('libonnx-testdata'),
    'onnxruntime-node': await npmVersion('node_modules/onnxruntime-node'),
    'create-inference-server': await npmVersion('.'),
    Node: process.versions.node,
  }
}

/** Whether the locale that the child processes run with is generated on this machine. */
export async function hasLocale(): Promise<boolean> {
  const { stdout } = await execa('locale', ['-a'], { reject: false })
  // Listed as en_US.utf8.
  const plain = (name: string) => name.toLowerCase().replace('utf-8', 'utf8')
  return (stdout ?? '').split('\n').some((name) => plain(name) === plain(LOCALE))
}

async function packageVersion(name: string): Promise<string> {
  const { stdout } = await execa('dpkg-query', ['-W', '-f', '${Version}', name], { reject: false })
  return stdout || 'unknown'
}

async function npmVersion(folder: string): Promise<string> {
  const text = await readFile(join(ROOT, folder, 'package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}
