import { addressFaults } from './addresses.ts'
import { networkFaults, type Routes } from './network-faults.ts'
import { controlFaults, podFaults } from './pod-faults.ts'
import type { Manifest } from './put-together.ts'
import { findSchemaFaults } from './schema.ts'
import { workloadsOf } from './workloads.ts'

/** What is known of the server that is deployed. */
export interface Server {
  readonly routes: Routes
  /** Names of its environment variables. */
  readonly settings: ReadonlySet<string>
}

const checked = new Map<string, string[]>()

/** Everything that is wrong with what would be applied: by the schemas, by Pod Security, and by each other. */
export function findFaults(objects: readonly Manifest[], { routes, settings }: Server): string[] {
  const workloads = workloadsOf(objects)
  return [
    ...objects.flatMap(schemaFaults),
    ...podFaults(objects, workloads, routes),
    ...controlFaults(objects, workloads),
    ...networkFaults(objects, workloads, routes),
    ...addressFaults(objects, workloads),
    ...placeFaults(objects),
    ...unknownSettings(objects, settings),
  ]
}

/** Most objects of most combinations are the same. */
function schemaFaults(object: Manifest): string[] {
  const text = JSON.stringify(object)
  const faults = checked.get(text) ?? findSchemaFaults(object)
  checked.set(text, faults)
  return faults
}

/** All in one namespace, and no two of one name. */
function placeFaults(objects: readonly Manifest[]): string[] {
  const [namespace] = objects.filter(({ kind }) => kind === 'Namespace')
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `two are called ${name}`),
    ...objects
      .filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== namespace?.metadata.name)
      .map(({ kind, metadata }) => `${kind} ${metadata.name} is not in the namespace`),
  ]
}

function unknownSettings(objects: readonly Manifest[], settings: ReadonlySet<string>): string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'inference-server')
    .flatMap(({ data }) => Object.keys(Object(data)))
    .filter((name) => !settings.has(name))
    .map((name) => `${name} is no setting of the server`)
}
