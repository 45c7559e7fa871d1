import { mkdtemp, rm } from 'node:fs/promises'
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
  const server = await runServer(await buildServer(join(folder, 'server')), { GRPC_PORT: String(grpcPort) })
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

async function buildServer(out: string): Promise<string> {
  const { project } = await create({ cwd: folder, model: MODEL, name: 'sample', out, set: ['options.grpc.port=8001'] })
  const { target } = project.inputs
  await compile(target)
  return target
}
