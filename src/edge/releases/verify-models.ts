import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hashSegments } from '../../onnx/segments.ts'
import type { Finding } from './finding.ts'
import { type Release, sizeOf } from './history.ts'

/** Sizes and hashes of all models that manifests name; what the newest needs is an error, what former ones do a warning. */
export async function verifyModels(
  folder: string,
  releases: readonly Release[],
  newest: Release | null,
): Promise<Finding[]> {
  const models = new Map(releases.toReversed().map(({ manifest }) => [manifest.model.file, manifest.model]))
  const findings: Finding[] = []
  for (const [file, model] of models) {
    const message = await findFault(join(folder, file), model)
    const level = file === newest?.manifest.model.file ? 'error' : 'warning'
    if (message !== null) findings.push({ level, file, at: '', message })
  }
  return findings
}

async function findFault(path: string, { size, sha256 }: { size: number; sha256: string }): Promise<string | null> {
  if (!existsSync(path)) return 'is missing'
  const there = sizeOf(path)
  if (there !== size) return `has ${there} bytes, and the manifest says ${size}`
  const hash = (await hashSegments([{ kind: 'file', path, start: 0, end: size }])).sha256
  return hash === sha256 ? null : `its SHA-256 is ${hash}, not the one that was signed`
}
