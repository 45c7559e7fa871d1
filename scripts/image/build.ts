import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, run, sizeOf } from './engine.ts'

export interface Built {
  readonly image: string
  readonly bytes: number
  /** On top of the base image. */
  readonly added: number
  readonly seconds: number
  /** After a change of a file in src/. */
  readonly rebuildSeconds: number
}

/** The certificates and npm's settings are there while it builds; nothing of them stays in the image. */
const MOUNTS = ['-v', '/etc/ssl/certs:/etc/ssl/certs:ro', '-v', `${join(CACHE, 'npmrc')}:/usr/local/etc/npmrc:ro`]
const OPTIONS = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '--format', 'docker', '--layers']

/** Builds a generated server's Dockerfile, twice. Throws with the output. */
export async function buildImage(server: string, base: string, name: string): Promise<Built> {
  const image = `localhost/check-${name.replaceAll(' ', '-')}:test`
  const seconds = await build(server, image)
  const [bytes, baseBytes] = [await sizeOf(image), await sizeOf(base)]
  await checkContent(image)
  appendFileSync(join(server, 'src/routes/health.ts'), '\n// Changed.\n')
  const rebuildSeconds = await build(server, image)
  return { image, bytes, added: bytes - baseBytes, seconds, rebuildSeconds }
}

async function build(server: string, image: string): Promise<number> {
  const startedAt = performance.now()
  await run('buildah', ['build', ...OPTIONS, ...MOUNTS, '--tag', image, server])
  return (performance.now() - startedAt) / 1000
}

async function checkContent(image: string): Promise<void> {
  const config: unknown = JSON.parse(await run('podman', ['image', 'inspect', image]))
  const [{ User, Labels, Healthcheck }] = [Object(config)[0]].map((each) => ({ ...each, ...each.Config }))
  assert.ok(!['', 'root', '0'].includes(User), 'the image runs as root')
  assert.ok(Healthcheck?.Test, 'the image has no HEALTHCHECK')
  const labels = Object.keys(Labels ?? {})
  for (const label of ['create-inference-server.template', 'create-inference-server.model-sha256'])
    assert.ok(labels.includes(label), `no label ${label}`)
  const script =
    'cd /app && find node_modules/onnxruntime-node/bin -type f && ls -d node_modules/* && ! command -v curl'
  const inside = await run('podman', ['run', '--rm', '--entrypoint', 'sh', image, '-c', script])
  const others = ['/darwin/', '/win32/', `/linux/${process.arch === 'x64' ? 'arm64' : 'x64'}/`]
  for (const absent of [...others, 'node_modules/typescript\n', 'node_modules/tsx\n'])
    assert.ok(!inside.includes(absent), `${absent.trim()} is in the image`)
  assert.ok(inside.includes(`/linux/${process.arch}/`), 'onnxruntime is not in the image')
}
