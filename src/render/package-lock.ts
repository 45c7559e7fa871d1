/** The parts of a package-lock.json (lockfileVersion 3) that pruning looks at; the rest is carried along. */
interface LockedPackage {
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { optional?: boolean }>
  readonly dev?: boolean
  readonly [key: string]: unknown
}

interface PackageLock {
  readonly packages: Record<string, LockedPackage>
  readonly [key: string]: unknown
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly engines?: Record<string, string>
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

/**
 * The template holds one lock for all its features; a server's is the part that its package.json reaches,
 * found offline the way Node resolves packages. `npm ci` takes it as it is.
 */
export function prunePackageLock(lockText: string, manifestText: string): string {
  const lock: PackageLock = JSON.parse(lockText)
  const manifest: Manifest = JSON.parse(manifestText)
  const production = reach(lock.packages, Object.keys(manifest.dependencies ?? {}))
  const all = reach(lock.packages, Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  const kept = Object.entries(lock.packages)
    .filter(([path]) => all.has(path))
    .map(([path, entry]) => [path, markDev(entry, !production.has(path))] as const)
  const { name, version, license, engines, dependencies, devDependencies } = manifest
  const root = { name, version, license, dependencies, devDependencies, engines }
  const pruned = { ...lock, name, version, packages: { '': root, ...Object.fromEntries(kept) } }
  return `${JSON.stringify(pruned, null, 2)}\n`
}

/** Every package path reached from the root's direct dependencies. */
function reach(packages: PackageLock['packages'], direct: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const visit = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const path = resolvePath(packages, from, name)
      const entry = path === undefined ? undefined : packages[path]
      if (path === undefined || entry === undefined || seen.has(path)) continue
      seen.add(path)
      visit(path, namesOf(entry))
    }
  }
  visit('', direct)
  return seen
}

function namesOf(entry: LockedPackage): string[] {
  const peers = Object.keys(entry.peerDependencies ?? {}).filter(
    (name) => !entry.peerDependenciesMeta?.[name]?.optional,
  )
  return [...Object.keys(entry.dependencies ?? {}), ...Object.keys(entry.optionalDependencies ?? {}), ...peers]
}

/** Node's resolution: the nearest node_modules up the tree. undefined where the lock has none (another platform's optional package). */
function resolvePath(packages: PackageLock['packages'], from: string, name: string): string | undefined {
  const parents = from.split(/(?:^|\/)node_modules\//).filter(Boolean)
  for (let depth = parents.length; depth >= 0; depth--) {
    const path = [...parents.slice(0, depth), name].map((step) => `node_modules/${step}`).join('/')
    if (path in packages) return path
  }
  return undefined
}

function markDev(entry: LockedPackage, dev: boolean): LockedPackage {
  if ((entry.dev ?? false) === dev) return entry
  const { dev: _was, ...rest } = entry
  return dev ? { ...rest, dev } : rest
}
