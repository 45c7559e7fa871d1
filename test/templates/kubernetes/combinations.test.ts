import { describe, expect, test } from 'vitest'
import { CreateError } from '../../../src/errors.ts'
import { allCombinations, configOf, renderManifests } from './combinations.ts'
import { findFaults } from './faults.ts'
import { foreignFiles } from './folders.ts'
import { putTogether } from './put-together.ts'
import { readServer } from './served.ts'

const OVERLAYS = ['manifests/overlays/dev', 'manifests/overlays/production']
const combinations = allCombinations()
const server = readServer()

/** What is wrong, by the name of the combination; nothing of those that are right. */
function faultsOf(find: (files: Record<string, string>) => string[]): Record<string, string[]> {
  const faults = combinations.map((one): [string, string[]] => [one.name, find(renderManifests(one))])
  return Object.fromEntries(faults.filter(([, found]) => found.length > 0))
}

test('the combinations are the product of all choices', () => {
  expect(combinations.length).toBeGreaterThanOrEqual(8 * 13 * 4 * 3)
  expect(new Set(combinations.map(({ name }) => name)).size).toBe(combinations.length)
})

test('what any combination of options applies is right by the schemas, by Pod Security, and in itself', () => {
  const faults = faultsOf((files) =>
    OVERLAYS.flatMap((overlay) =>
      findFaults(putTogether(files, overlay), server).map((fault) => `${overlay.slice(10)}: ${fault}`),
    ),
  )
  expect(faults).toEqual({})
})

test('every file is named by a kustomization, every name is a file, and docs/kubernetes.md knows each', () => {
  const faults = faultsOf((files) => [
    ...foreignFiles(files),
    ...Object.keys(files)
      .map((path) => /^manifests\/(base\/.+|components\/[^/]+\/)/.exec(path)?.[1])
      .filter((path) => path !== undefined && !files['docs/kubernetes.md']?.includes(`\`${path}\``))
      .map((path) => `docs/kubernetes.md does not know ${path}`),
  ])
  expect(faults).toEqual({})
})

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
