import { readdir, readFile, readlink } from 'node:fs/promises'

/** The other ends' ports of the TCP connections (IPv4) that a process holds. */
export async function remotePorts(pid: number): Promise<ReadonlySet<number>> {
  const inodes = await socketInodes(pid)
  const lines = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1)
  const ports = lines.flatMap((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/)
    return inodes.has(inode) ? [Number.parseInt(remote.split(':')[1] ?? '', 16)] : []
  })
  return new Set(ports)
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/** The processes that a process has started. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}
