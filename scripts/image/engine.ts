import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'

/** What builds and runs a Dockerfile without a daemon and without a registry, from Debian's packages. */
export const PACKAGES =
  'buildah podman runc crun conmon mmdebstrap netavark aardvark-dns catatonit iptables ca-certificates'.split(' ')

/** Everything of it lies here: images, layers, settings. */
export const CACHE = process.env.IMAGE_CHECK_CACHE ?? join(homedir(), '.cache/create-inference-server/image')

const FILES: Readonly<Record<string, string>> = {
  'storage.conf': `[storage]
driver = "overlay"
graphroot = "${CACHE}/storage"
runroot = "${CACHE}/run"
`,
  'containers.conf': `[containers]
cgroups = "enabled"
netns = "host"
default_ulimits = ["nofile=16384:16384", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`,
  // A name without a registry is one of Docker Hub, where the stand-in of the base image pretends to come from.
  'registries.conf': 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n',
  // Nothing is pulled, so there is nothing to verify.
  '.config/containers/policy.json': '{"default": [{"type": "insecureAcceptAnything"}]}\n',
}

export const ENV = {
  CONTAINERS_STORAGE_CONF: join(CACHE, 'storage.conf'),
  CONTAINERS_CONF: join(CACHE, 'containers.conf'),
  CONTAINERS_REGISTRIES_CONF: join(CACHE, 'registries.conf'),
  HOME: CACHE,
}

/** Why images cannot be built here, or null. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux'
  if (process.getuid?.() !== 0) return 'it needs root'
  const missing = ['buildah', 'podman', 'mmdebstrap'].filter((tool) => !isThere(tool))
  return missing.length > 0 ? `${missing.join(', ')} not found: apt-get install ${PACKAGES.join(' ')}` : null
}

function isThere(tool: string): boolean {
  return execaSync('which', [tool], { reject: false }).exitCode === 0
}

/** The engine's own settings, and those with which npm reaches its registry from within a build. */
export function prepareEngine(): void {
  for (const [file, text] of Object.entries({ ...FILES, npmrc: npmSettings() })) {
    mkdirSync(join(CACHE, file, '..'), { recursive: true })
    writeFileSync(join(CACHE, file), text)
  }
}

function npmSettings(): string {
  const registry = execaSync('npm', ['config', 'get', 'registry']).stdout
  return `registry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\nfund=false\naudit=false\n`
}

/** Runs buildah, podman or mmdebstrap. Gives what it prints; throws with all of its output. */
export async function run(command: string, args: readonly string[], cwd = CACHE): Promise<string> {
  const { stdout } = await execa(command, args, { cwd, env: ENV })
  return stdout
}

/** The same, whether it succeeds or not. */
export async function attempt(command: string, args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa(command, args, { cwd: CACHE, env: ENV, reject: false })
  return { exitCode, stdout, stderr }
}

export async function sizeOf(image: string): Promise<number> {
  return Number(await run('podman', ['image', 'inspect', image, '--format', '{{.Size}}']))
}
