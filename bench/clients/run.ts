import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort, runServer } from '../../scripts/run-server.ts'
import { create } from '../../src/create.ts'
import { compile } from '../zoo/generate.ts'

/**
 * Tries the clients that people have, unmodified, on a generated server whose model answers tensors of every dtype.
 * Installs them from the Python registry into a folder of their own; prints a line per client and what was tried.
 * usage: node --import tsx bench/clients/run.ts
 */
const ROOT = join(import.meta.dirname, '../..')
const MODEL = join(ROOT, 'test/fixtures/models/all_dtypes.onnx')

const folder = await mkdtemp(join(tmpdir(), 'cis-clients-'))
try {
  const python = await installClients(join(folder, 'venv'))
  const grpcPort = await freePort()
  const target = await buildServer(join(folder, 'server'), grpcPort)
  const server = await runServer(target)
  try {
    const addresses = [new URL(server.url).host, `127.0.0.1:${grpcPort}`]
    const script = join(import.meta.dirname, 'try_clients.py')
    for (const client of ['tritonclient', 'kserve']) {
      const { exitCode } = await execa({
        stdio: 'inherit',
        env: { PYTHONDONTWRITEBYTECODE: '1' },
        reject: false,
      })`${python} ${script} ${client} ${addresses}`
      if (exitCode !== 0) process.exitCode = 1
    }
    const example = await exampleOf(join(target, 'docs/grpc.md'))
    const { exitCode, all } = await execa({ all: true, input: example, reject: false })`${python} -`
    const isRight = exitCode === 0 && all.includes('string_out')
    process.stdout.write(`docs/grpc.md          the example        ${isRight ? 'ok' : all}\n`)
    if (!isRight) process.exitCode = 1
  } finally {
    await server.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** The path of a Python that has them. */
async function installClients(venv: string): Promise<string> {
  await execa`python3 -m venv ${venv}`
  const python = join(venv, 'bin/python')
  await execa`${python} -m pip install --quiet --requirement ${join(import.meta.dirname, 'requirements.txt')}`
  return python
}

/** The lines of Python that the server's own documentation has. */
async function exampleOf(file: string): Promise<string> {
  const example = /^```python\n(.*?)^```$/ms.exec(await readFile(file, 'utf8'))?.[1]
  if (example === undefined) throw new Error(`${file} has no example`)
  return example
}

async function buildServer(out: string, grpcPort: number): Promise<string> {
  const set = [`options.grpc.port=${grpcPort}`]
  const { project } = await create({ cwd: folder, model: MODEL, name: 'sample', out, set })
  const { target } = project.inputs
  await compile(target)
  return target
}
