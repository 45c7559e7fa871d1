import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const INSTALL = ['package.json', 'package-lock.json', '.npmrc']

/** What a folder takes on disk, in bytes. */
export async function sizeOf(folder: string): Promise<number> {
  const { stdout } = await execa`du --summarize --block-size=1 ${folder}`
  return Number(stdout.split('\t')[0])
}

export interface OwnSize {
  /** The compiled server and its production dependencies. */
  readonly installed: number
  /** The same without onnxruntime's binaries of other platforms, as the server's Dockerfile leaves them out. */
  readonly inImage: number
}

/** Installs what the generated server needs in production, in a folder of its own. Throws without an npm registry. */
export async function measureOwnSize(target: string, folder: string): Promise<OwnSize> {
  await mkdir(folder)
  for (const file of INSTALL) await copyFile(join(target, file), join(folder, file))
  await execa({ cwd: folder })`npm ci --omit=dev --no-audit --no-fund`
  const [code, modules] = [join(target, 'dist'), join(folder, 'node_modules')]
  const installed = (await sizeOf(code)) + (await sizeOf(modules))
  const bin = join(modules, 'onnxruntime-node/bin')
  const platforms = (await readdir(bin, { recursive: true })).filter((path) => path.split('/').length === 3)
  const foreign = platforms.filter((path) => !path.endsWith(`/${process.platform}/${process.arch}`))
  for (const path of foreign) await rm(join(bin, path), { recursive: true })
  return { installed, inImage: (await sizeOf(code)) + (await sizeOf(modules)) }
}
