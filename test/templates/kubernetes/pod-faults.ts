import type { Routes } from './network-faults.ts'
import { violations } from './pod-security.ts'
import type { Manifest } from './put-together.ts'
import { chooses, hasPort, ofKind, type Workload } from './workloads.ts'

/** A supervisor of several processes waits a second longer than they do (base/src/server.ts). */
const SUPERVISOR_GRACE_MS = 1000

/** Pods that would not be let in, not start, not be asked for their health, or be killed before they are done. */
export function podFaults(objects: readonly Manifest[], workloads: readonly Workload[], routes: Routes): string[] {
  return workloads.flatMap((workload) =>
    [
      ...violations(workload.pod).map((what) => `Pod Security: ${what}`),
      ...hardeningFaults(workload),
      ...volumeFaults(objects, workload),
      ...probeFaults(workload, routes),
      ...settingFaults(objects, workload),
    ].map((fault) => `${workload.kind} ${workload.name}: ${fault}`),
  )
}

/** Beyond what Pod Security asks for. */
function hardeningFaults({ pod }: Workload): string[] {
  const containers = pod.containers.flatMap(
    ({ name, image, securityContext, resources: { requests, limits } = {} }) => [
      ...(securityContext?.readOnlyRootFilesystem ? [] : [`${name} may write to its root file system`]),
      ...(requests?.cpu && requests.memory && limits?.memory ? [] : [`${name} has no requests or limits`]),
      ...(image && /:\d/.test(image) ? [] : [`${name} has no version in its image`]),
    ],
  )
  return [...(pod.automountServiceAccountToken === false ? [] : ['it gets a token of the cluster']), ...containers]
}

/** What is mounted is a volume, what is a volume is mounted, and what it is of exists. */
function volumeFaults(objects: readonly Manifest[], { pod }: Workload): string[] {
  const names = (kind: 'ConfigMap' | 'PersistentVolumeClaim' | 'ServiceAccount') =>
    ofKind(objects, kind).map(({ metadata }) => metadata.name)
  const mounted = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
  const volumes = pod.volumes ?? []
  const claims = volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
  const maps = volumes.flatMap(({ configMap }) => configMap?.name ?? [])
  return [
    ...mounted.filter((name) => !volumes.some((volume) => volume.name === name)).map((name) => `${name} is no volume`),
    ...volumes.filter(({ name }) => !mounted.includes(name)).map(({ name }) => `${name} is not mounted`),
    ...claims
      .filter((name) => !names('PersistentVolumeClaim').includes(name))
      .map((name) => `there is no claim ${name}`),
    ...maps.filter((name) => !names('ConfigMap').includes(name)).map((name) => `there is no ConfigMap ${name}`),
    ...[pod.serviceAccountName ?? 'default']
      .filter((name) => name !== 'default' && !names('ServiceAccount').includes(name))
      .map((name) => `there is no ServiceAccount ${name}`),
  ]
}

function probeFaults(workload: Workload, routes: Routes): string[] {
  const probes = workload.pod.containers.flatMap(({ startupProbe, livenessProbe, readinessProbe }) =>
    [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe ?? []),
  )
  const isJob = workload.kind === 'CronJob'
  return [
    ...(probes.length < 2 && !isJob ? ['nobody asks for its health'] : []),
    ...probes
      .flatMap(({ httpGet }) => httpGet ?? [])
      .flatMap(({ path = '/', port }) => [
        ...(routes.has(path) ? [] : [`${path} is asked for its health, and is no route of the server`]),
        ...(hasPort(workload, port) ? [] : [`nothing listens on ${port}, which is asked for its health`]),
      ]),
  ]
}

/** Settings come from ConfigMaps that are there; ports and times are those that the pod has. */
function settingFaults(objects: readonly Manifest[], workload: Workload): string[] {
  const sources = workload.pod.containers.flatMap(({ envFrom = [] }) =>
    envFrom.flatMap((one) => one.configMapRef?.name ?? []),
  )
  const maps = ofKind(objects, 'ConfigMap').filter(({ metadata }) => sources.includes(metadata.name))
  const settings: Record<string, string> = Object.assign({}, ...maps.map(({ data }) => data))
  const { PORT, GRPC_PORT, SHUTDOWN_DELAY_MS = '0', SHUTDOWN_TIMEOUT_MS = '10000' } = settings
  const ports = workload.kind === 'Deployment' ? [PORT, GRPC_PORT] : workload.kind === 'CronJob' ? [] : [PORT]
  const stopMs = Number(SHUTDOWN_DELAY_MS) + Number(SHUTDOWN_TIMEOUT_MS) + SUPERVISOR_GRACE_MS
  return [
    ...(maps.length === new Set(sources).size ? [] : [`there is no ConfigMap ${sources.join(' or ')}`]),
    ...ports.flatMap((port) => (port && !hasPort(workload, Number(port)) ? [`${port} is not among its ports`] : [])),
    ...(maps.length > 0 && stopMs >= workload.graceMs
      ? [`it is killed after ${workload.graceMs} ms, before it is done`]
      : []),
  ]
}

/** Who scales, protects and selects what: each names something that is there. */
export function controlFaults(objects: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const targets = [
    ...ofKind(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec?.scaleTargetRef.name ?? ''),
    ...ofKind(objects, 'ScaledObject').map(({ spec }) => spec.scaleTargetRef.name),
  ]
  const deployments = ofKind(objects, 'Deployment')
  const budgets = ofKind(objects, 'PodDisruptionBudget')
  return [
    ...(new Set(targets).size === targets.length ? [] : ['two scale the same']),
    ...targets
      .filter((name) => !deployments.some(({ metadata }) => metadata.name === name))
      .map((name) => `there is no ${name} to scale`),
    ...deployments
      .filter(({ metadata, spec }) => (spec?.replicas === undefined) !== targets.includes(metadata.name))
      .map(({ metadata }) => `the number of pods of ${metadata.name} is decided by none or by two`),
    ...budgets
      .filter(({ spec }) => !workloads.some((workload) => chooses(spec?.selector ?? {}, workload)))
      .map(({ metadata }) => `PodDisruptionBudget ${metadata.name} chooses no pods`),
    ...deployments.flatMap(({ metadata, spec }) => {
      const own = workloads.filter(({ kind, name }) => kind === 'Deployment' && name === metadata.name)
      const spread = spec?.template.spec?.topologySpreadConstraints ?? []
      const selectors = [spec?.selector, ...spread.map(({ labelSelector }) => labelSelector)]
      const isRight = selectors.every((selector) => own.every((workload) => chooses(selector ?? {}, workload)))
      return isRight ? [] : [`Deployment ${metadata.name} does not choose its own pods`]
    }),
  ]
}
