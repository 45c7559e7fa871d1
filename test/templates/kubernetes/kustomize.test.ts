import { describe, expect, test } from 'vitest'
import { makeFolder, writeFiles } from '../../helpers/folder.ts'
import { buildKustomization, hasKustomize, NEEDS_KUSTOMIZE } from '../kustomize.ts'
import { renderManifests, someCombinations } from './combinations.ts'
import { type Manifest, putTogether, readObjects } from './put-together.ts'

const OVERLAYS = ['base', 'overlays/dev', 'overlays/production']
const title = hasKustomize() ? 'kustomize' : `kustomize (skipped: ${NEEDS_KUSTOMIZE})`

describe.skipIf(!hasKustomize())(title, () => {
  test.each(someCombinations())('builds what the checks saw: $name', (one) => {
    const files = renderManifests(one)
    const folder = makeFolder()
    writeFiles(folder, files)
    for (const overlay of OVERLAYS) {
      const built = readObjects(withoutHashes(buildKustomization(`${folder}/manifests/${overlay}`)))
      expect(byName(built)).toEqual(byName(putTogether(files, `manifests/${overlay}`)))
    }
  })
})

/** The name of the generated ConfigMap, and whatever mentions it, ends with a hash of its content. */
function withoutHashes(text: string): string {
  return text.replace(/\binference-server-[0-9a-z]{10}\b/g, 'inference-server')
}

function byName(objects: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]))
}
