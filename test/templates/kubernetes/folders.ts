import { posix } from 'node:path'
import { readKustomization } from './put-together.ts'

/** Files below manifests/ that no kustomization names, and names behind which there is no file. */
export function foreignFiles(files: Readonly<Record<string, string>>): string[] {
  const paths = Object.keys(files).filter((path) => path.startsWith('manifests/'))
  const folders = paths.filter((path) => path.endsWith('/kustomization.yaml')).map((path) => posix.dirname(path))
  const named = folders.flatMap((folder) => {
    const { resources, components, configurations, configMapGenerator } = readKustomization(files, folder)
    const inMaps = configMapGenerator.flatMap((generator) => generator.files)
    return [...resources, ...components, ...configurations, ...inMaps].map((name) => posix.join(folder, name))
  })
  const isThere = (name: string) => paths.includes(name) || paths.includes(`${name}/kustomization.yaml`)
  const isNamed = (path: string) =>
    named.includes(path) || (path.endsWith('/kustomization.yaml') && isReached(posix.dirname(path)))
  const isReached = (folder: string) => folder.startsWith('manifests/overlays/') || named.includes(folder)
  return [
    ...named.filter((name) => !isThere(name)).map((name) => `${name} is named, and not there`),
    ...paths.filter((path) => !isNamed(path)).map((path) => `${path} is there, and not named`),
  ]
}
