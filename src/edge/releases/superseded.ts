import { listFiles, MANIFEST_FILE, MODEL_FILE, type Release } from './history.ts'

/** Files of a release directory that no kept release names. What is not of our making is left alone. */
export function listSuperseded(folder: string, kept: readonly Release[]): string[] {
  const needed = new Set(
    kept.flatMap(({ manifest, sha256 }) => [
      manifest.model.file,
      `manifests/${sha256}.json`,
      `manifests/${sha256}.sig`,
    ]),
  )
  return listFiles(folder).filter((path) => (MANIFEST_FILE.test(path) || MODEL_FILE.test(path)) && !needed.has(path))
}
