import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, CACHE, run } from './engine.ts'

const SUITE = 'bookworm'
/** As the official image has it: flags alone go to node. */
const ENTRYPOINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi
exec "$@"
`
const USER = 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node'
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * A stand-in for `node:<major>-bookworm-slim` where no container registry can be reached: Debian's packages, npm's package of
 * Node, npm, the user `node`; no curl. Made once. Gives its name.
 */
export async function makeBase(major: number): Promise<string> {
  const image = `docker.io/library/node:${major}-${SUITE}-slim`
  if ((await attempt('podman', ['image', 'exists', image])).exitCode === 0) return image
  if (!existsSync(join(CACHE, 'rootfs.tar'))) await makeDebian()
  const stage = await makeNode(major)
  const container = await run('buildah', ['from', 'scratch'])
  await run('buildah', ['add', '--quiet', container, 'rootfs.tar', '/'])
  await run('buildah', ['add', '--quiet', container, `${stage}/`, '/'])
  const root = await run('buildah', ['mount', container])
  await run('chroot', [root, 'sh', '-c', `${USER}; rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*`])
  await run('buildah', ['umount', container])
  const start = ['--entrypoint', '["docker-entrypoint.sh"]', '--cmd', 'node']
  await run('buildah', ['config', '--env', PATH, ...start, container])
  await run('buildah', ['commit', '--quiet', '--rm', '--format', 'docker', container, image])
  return image
}

/** Without man pages and translations, as Docker's slim images are. */
async function makeDebian(): Promise<void> {
  const excluded = ['man', 'doc', 'locale'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`)
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((file) => existsSync(file))
  const options = ['--mode=root', '--variant=minbase', '--include=libatomic1,tzdata', '--quiet', ...excluded]
  await run('mmdebstrap', [...options, SUITE, 'rootfs.tar', ...(sources ? [sources] : [])])
}

async function makeNode(major: number): Promise<string> {
  const stage = `stage-${major}`
  const local = join(CACHE, stage, 'usr/local')
  rmSync(join(CACHE, stage), { recursive: true, force: true })
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true })
  const node = await unpack(`node-linux-${process.arch}@${major}`)
  for (const folder of ['bin', 'include']) cpSync(join(node, folder), join(local, folder), { recursive: true })
  cpSync(await unpack('npm@11'), join(local, 'lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  writeFileSync(join(local, 'bin/docker-entrypoint.sh'), ENTRYPOINT)
  const programs = readdirSync(join(local, 'lib/node_modules/npm/bin')).filter((file) => file.endsWith('.js'))
  const files = ['bin/docker-entrypoint.sh', 'bin/node', ...programs.map((file) => `lib/node_modules/npm/bin/${file}`)]
  for (const file of files) chmodSync(join(local, file), 0o755)
  return stage
}

/** A package of npm's registry, unpacked. Gives the folder. */
async function unpack(specifier: string): Promise<string> {
  const folder = join(CACHE, 'packages', specifier)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await run('npm', ['pack', '--silent', '--pack-destination', folder, '--userconfig', join(CACHE, 'npmrc'), specifier])
  const [archive = ''] = readdirSync(folder)
  await run('tar', ['xzf', join(folder, archive), '-C', folder])
  return join(folder, 'package')
}
