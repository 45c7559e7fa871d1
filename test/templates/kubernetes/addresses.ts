import type { Manifest } from './put-together.ts'
import { chooses, ofKind, type Workload } from './workloads.ts'

/** Addresses among the settings at which nobody answers, or which no policy lets the server call. */
export function addressFaults(objects: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const [settings] = ofKind(objects, 'ConfigMap').filter(({ metadata }) => metadata.name === 'inference-server')
  const [server] = workloads.filter(({ name }) => name === 'inference-server')
  return Object.entries(settings?.data ?? {}).flatMap(([name, value]) => {
    const { host, port } = /^[a-z]+:\/\/(?<host>[^/:]+):(?<port>\d+)/.exec(value)?.groups ?? {}
    if (!host || !port || !server) return []
    const gone =
      host.includes('.') || hasService(objects, host, Number(port)) ? [] : [`${name}: nobody is ${host}:${port}`]
    return [
      ...gone,
      ...(mayCall(server, Number(port), objects, workloads) ? [] : [`${name}: no policy lets it call ${port}`]),
    ]
  })
}

function hasService(objects: readonly Manifest[], host: string, port: number): boolean {
  return ofKind(objects, 'Service').some(
    ({ metadata, spec }) => metadata.name === host && spec?.ports?.some((one) => one.port === port),
  )
}

/** By its number, or by the name that it has in the pods that the policy leads to. */
function mayCall(
  server: Workload,
  port: number,
  objects: readonly Manifest[],
  workloads: readonly Workload[],
): boolean {
  const policies = ofKind(objects, 'NetworkPolicy').filter(({ spec }) => chooses(spec?.podSelector ?? {}, server))
  return policies.some(({ spec }) =>
    spec?.egress?.some(({ to = [], ports = [] }) => {
      const pods = workloads.filter((one) => to.some(({ podSelector }) => podSelector && chooses(podSelector, one)))
      const isNamed = (name: unknown) =>
        pods.some(({ pod }) =>
          pod.containers.some((one) => one.ports?.some((at) => at.name === name && at.containerPort === port)),
        )
      return ports.some((one) => one.port === port || isNamed(one.port))
    }),
  )
}
