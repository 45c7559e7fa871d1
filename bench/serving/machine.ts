import { readFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const ROOT = join(import.meta.dirname, '../..')

/** One line: the day, the machine and how busy it was before, and the versions of what was measured. */
export async function describeRun(slices?: number): Promise<string> {
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)} before`
  const names = ['fastify', 'onnxruntime-node', 'create-inference-server']
  const versions = await Promise.all(names.map(async (name) => `${name} ${await versionOf(name)}`))
  const wrk = await execa('wrk', ['-v'], { reject: false })
  const wrkVersion = /wrk \S*?(\d[\w.]*)/.exec(wrk.stdout)?.[1] ?? '?'
  return `${date}: ${machine}; Node ${process.versions.node}, ${versions.join(', ')}, wrk ${wrkVersion}${slices === undefined ? '' : `; ${slices} slices`}.`
}

async function versionOf(name: string): Promise<string> {
  const folder = name === 'create-inference-server' ? ROOT : join(ROOT, 'node_modules', name)
  const { version }: { version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return version
}
