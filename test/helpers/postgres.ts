import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { freePort } from '../../scripts/run-server.ts'
import { makeFolder } from './folder.ts'
import { type Started, startProcess, until } from './processes.ts'

const DEBIAN = '/usr/lib/postgresql'

export interface Database extends Started {
  readonly port: number
  readonly url: string
  query(text: string, values?: readonly unknown[]): Promise<void>
  /** Stops it at once, as a crash or a restart does, and starts it again with the same data. */
  restart(): Promise<void>
}

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined
  const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'postgres')))
}

/** A PostgreSQL of the test's own. It refuses to run as root: then it runs as the user that Debian's package makes. */
export async function startPostgres(): Promise<Database> {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('PostgreSQL is not installed')
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  const folder = makeFolder()
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  await execa(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-N'], { ...user, cwd: folder })
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F']
  const url = `postgres://test@127.0.0.1:${port}/postgres`
  const query = async (text: string, values: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(text, [...values])
    await client.end()
  }
  const start = async () => {
    const started = await startProcess(join(bin, 'postgres'), args, port, user)
    // It listens before it takes anybody in.
    await until(() =>
      query('SELECT 1').then(
        () => true,
        () => false,
      ),
    )
    return started
  }
  let running = await start()
  // Else it could not write there when the folder is removed under it.
  onTestFinished(() => running.kill('SIGINT'))
  return {
    ...running,
    port,
    url,
    query,
    pause: () => running.pause(),
    resume: () => running.resume(),
    kill: (signal) => running.kill(signal),
    async restart() {
      await running.kill('SIGINT')
      running = await start()
    },
  }
}

function idOf(what: '-u' | '-g'): number {
  return Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }))
}
