import { beforeAll, describe, expect, test } from 'vitest'
import { CreateError } from '../../../src/errors.ts'
import { allCombinations, configOf, renderManifests } from './combinations.ts'
import { findFaults } from './faults.ts'
import { foreignFiles } from './folders.ts'
import { putTogether } from './put-together.ts'
import { readServer } from './served.ts'

const OVERLAYS = ['manifests/overlays/dev', 'manifests/overlays/production']
const combinations = allCombinations()
const server = readServer()

/** What is wrong with each combination that is not right, by its name. */
const wrong = { objects: new Map<string, string[]>(), files: new Map<string, string[]>() }

beforeAll(() => {
  for (const one of combinations) {
    const files = renderManifests(one)
    const objects = OVERLAYS.flatMap((overlay) => findFaults(putTogether(files, overlay), server))
    if (objects.length > 0) wrong.objects.set(one.name, objects)
    const loose = [...foreignFiles(files), ...undocumented(files)]
    if (loose.length > 0) wrong.files.set(one.name, loose)
  }
}, 900_000)

test('the combinations are the product of all choices', () => {
  expect(combinations.length).toBeGreaterThanOrEqual(8 * 13 * 4 * 3)
  expect(new Set(combinations.map(({ name }) => name)).size).toBe(combinations.length)
})

test('what any combination of options applies is right by the schemas, by Pod Security, and in itself', () => {
  expect(Object.fromEntries(wrong.objects)).toEqual({})
})

test('every file is named by a kustomization, every name is a file, and docs/kubernetes.md knows each', () => {
  expect(Object.fromEntries(wrong.files)).toEqual({})
})

/** Files of the base, and folders of components, that docs/kubernetes.md says nothing of. */
function undocumented(files: Record<string, string>): string[] {
  return Object.keys(files)
    .flatMap((path) => /^manifests\/(base\/.+|components\/[^/]+\/)/.exec(path)?.[1] ?? [])
    .filter((path) => !files['docs/kubernetes.md']?.includes(`\`${path}\``))
    .map((path) => `docs/kubernetes.md does not know ${path}`)
}

describe('what decides the same twice is refused', () => {
  test.each([
    [{ kserve: true, ingress: 'ingress' }, 'options.deploy.ingress'],
    [{ kserve: true, ingress: 'gateway' }, 'options.deploy.ingress'],
    [{ kserve: true, autoscale: 'queue' }, 'options.deploy.autoscale'],
  ])('%o', (deploy, rival) => {
    const resolve = () => configOf({ options: { deploy }, image: {} })
    expect(resolve).toThrow(CreateError)
    expect(issuesOf(resolve)).toEqual([['options.deploy.kserve', `does not go together with ${rival}`]])
  })
})

function issuesOf(run: () => unknown): (string | undefined)[][] {
  try {
    run()
  } catch (error) {
    if (error instanceof CreateError) return (error.issues ?? []).map(({ path, message }) => [path, message])
  }
  return []
}
