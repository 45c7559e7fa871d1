import type { Manifest } from './put-together.ts'
import { chooses, hasPort, ofKind, type Workload } from './workloads.ts'

/** What the server answers, and what of it is nobody's business outside of the cluster. */
export interface Routes {
  has(path: string): boolean
}
const INSIDE = ['/metrics', '/cache']

/** Addresses that lead nowhere, and what is allowed that is not there. */
export function networkFaults(objects: readonly Manifest[], workloads: readonly Workload[], routes: Routes): string[] {
  return [
    ...serviceFaults(objects, workloads),
    ...policyFaults(objects, workloads),
    ...monitorFaults(objects, workloads),
    ...ingressFaults(objects, routes),
    ...routeFaults(objects, routes),
  ]
}

function serviceFaults(objects: readonly Manifest[], workloads: readonly Workload[]): string[] {
  return ofKind(objects, 'Service').flatMap(({ metadata, spec }) => {
    const chosen = workloads.filter((workload) => chooses({ matchLabels: spec?.selector ?? {} }, workload))
    if (chosen.length !== 1) return [`Service ${metadata.name} chooses the pods of ${chosen.length} workloads`]
    return (spec?.ports ?? [])
      .filter(({ targetPort, port }) => !chosen.some((workload) => hasPort(workload, targetPort ?? port)))
      .map(({ targetPort }) => `Service ${metadata.name}: nothing listens on ${targetPort}`)
  })
}

function policyFaults(objects: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const policies = ofKind(objects, 'NetworkPolicy')
  const all = policies.filter(({ spec }) => Object.keys(spec?.podSelector ?? {}).length === 0)
  const deny = all.filter(({ spec }) => spec?.policyTypes?.length === 2 && !spec.ingress && !spec.egress)
  const faults = policies.flatMap(({ metadata, spec }) => {
    const chosen = workloads.filter((workload) => chooses(spec?.podSelector ?? {}, workload))
    const none = chosen.length === 0 ? [`NetworkPolicy ${metadata.name} chooses no pods`] : []
    // KServe's pods have one port that is declared, whatever the server listens on.
    const declared = chosen.every(({ kind }) => kind !== 'InferenceService')
    const closed = (spec?.ingress ?? [])
      .flatMap(({ ports = [] }) => ports)
      .filter(({ port }) => declared && !chosen.some((workload) => hasPort(workload, port)))
    const gone = (spec?.egress ?? []).flatMap(({ to = [], ports = [] }) =>
      to.flatMap(({ podSelector }) => {
        if (!podSelector) return []
        const found = workloads.filter((workload) => chooses(podSelector, workload))
        return ports.filter(({ port }) => !found.some((workload) => hasPort(workload, port)))
      }),
    )
    return [
      ...none,
      ...closed.map(({ port }) => `NetworkPolicy ${metadata.name}: nothing listens on ${port}`),
      ...gone.map(({ port }) => `NetworkPolicy ${metadata.name} leads to ${port}, where nothing listens`),
    ]
  })
  return [...(deny.length === 1 ? [] : ['no NetworkPolicy denies what the others do not allow']), ...faults]
}

function monitorFaults(objects: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const services = ofKind(objects, 'Service')
  return [
    ...ofKind(objects, 'ServiceMonitor').flatMap(({ spec }) => {
      const chosen = services.filter(({ metadata }) => chooses(spec.selector, { labels: metadata.labels ?? {} }))
      const ports = chosen.flatMap((service) => service.spec?.ports?.map(({ name }) => name))
      return spec.endpoints
        .filter(({ port }) => !ports.includes(port))
        .map(({ port }) => `no Service to watch has ${port}`)
    }),
    ...ofKind(objects, 'PodMonitor').flatMap(({ spec }) => {
      const chosen = workloads.filter((workload) => chooses(spec.selector, workload))
      return spec.podMetricsEndpoints
        .map(({ port, portNumber, targetPort }) => port ?? portNumber ?? targetPort)
        .filter((port) => !chosen.some((workload) => hasPort(workload, port)))
        .map((port) => `no pod to watch has ${port}`)
    }),
  ]
}

function ingressFaults(objects: readonly Manifest[], routes: Routes): string[] {
  return ofKind(objects, 'Ingress').flatMap(({ spec }) =>
    (spec?.rules ?? []).flatMap(({ http }) =>
      (http?.paths ?? []).flatMap(({ path = '/', backend }) => [
        ...pathFaults(path, routes),
        ...backendFaults(objects, backend.service?.name, backend.service?.port?.name ?? backend.service?.port?.number),
      ]),
    ),
  )
}

function routeFaults(objects: readonly Manifest[], routes: Routes): string[] {
  return [...ofKind(objects, 'HTTPRoute'), ...ofKind(objects, 'GRPCRoute')].flatMap(({ spec }) =>
    spec.rules.flatMap(({ matches, backendRefs }) => [
      ...matches.flatMap(({ path }) => (path ? pathFaults(path.value, routes) : [])),
      ...backendRefs.flatMap(({ name, port }) => backendFaults(objects, name, port)),
    ]),
  )
}

function pathFaults(path: string, routes: Routes): string[] {
  if (INSIDE.some((inside) => path === '/' || `${inside}/`.startsWith(`${path}/`))) return [`${path} is shown outside`]
  return routes.has(path) ? [] : [`${path} is no route of the server`]
}

function backendFaults(objects: readonly Manifest[], name = '', port: number | string = ''): string[] {
  const service = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === name)
  const isThere = service?.spec?.ports?.some((one) => one.name === port || one.port === port)
  return isThere ? [] : [`there is no Service ${name} with the port ${port}`]
}
