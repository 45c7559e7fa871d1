import type {
  V1ConfigMap,
  V1CronJob,
  V1Deployment,
  V1Ingress,
  V1LabelSelector,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
  V1ServiceAccount,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node'
import type { Manifest } from './put-together.ts'

interface Route {
  readonly spec: {
    readonly rules: readonly {
      readonly matches: readonly { readonly path?: { readonly value: string } }[]
      readonly backendRefs: readonly { readonly name: string; readonly port: number }[]
    }[]
  }
}
interface ScaledObject {
  readonly spec: { readonly scaleTargetRef: { readonly name: string } }
}
interface ServiceMonitor {
  readonly spec: { readonly selector: V1LabelSelector; readonly endpoints: readonly { readonly port: string }[] }
}
interface PodMonitor {
  readonly spec: {
    readonly selector: V1LabelSelector
    readonly podMetricsEndpoints: readonly {
      readonly port?: string
      readonly portNumber?: number
      readonly targetPort?: number
    }[]
  }
}
interface ServingRuntime {
  readonly spec: V1PodSpec
}
interface InferenceService {
  readonly spec: {
    readonly predictor: {
      readonly timeout: number
      readonly automountServiceAccountToken: boolean
      readonly serviceAccountName: string
      readonly model: {
        readonly runtime: string
        readonly storageUri?: string
        readonly resources: NonNullable<V1PodSpec['containers'][number]['resources']>
      }
    }
  }
}
interface Kinds {
  ConfigMap: V1ConfigMap
  CronJob: V1CronJob
  Deployment: V1Deployment
  GRPCRoute: Route
  HTTPRoute: Route
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler
  InferenceService: InferenceService
  Ingress: V1Ingress
  NetworkPolicy: V1NetworkPolicy
  PersistentVolumeClaim: V1PersistentVolumeClaim
  PodDisruptionBudget: V1PodDisruptionBudget
  PodMonitor: PodMonitor
  ScaledObject: ScaledObject
  Service: V1Service
  ServiceAccount: V1ServiceAccount
  ServiceMonitor: ServiceMonitor
  ServingRuntime: ServingRuntime
}

/** Those of a kind, which schema.ts has found to be such. */
export function ofKind<K extends keyof Kinds>(objects: readonly Manifest[], kind: K): (Manifest & Kinds[K])[] {
  return objects.filter((object): object is Manifest & Kinds[K] => object.kind === kind)
}

/** What makes pods. */
export interface Workload {
  readonly kind: keyof Kinds
  readonly name: string
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>
  readonly pod: V1PodSpec
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number
}

const DEFAULT_GRACE_S = 30

export function workloadsOf(objects: readonly Manifest[]): Workload[] {
  const deployments = ofKind(objects, 'Deployment').map(({ metadata, spec }) => {
    return { kind: 'Deployment' as const, name: metadata.name, template: spec?.template }
  })
  const jobs = ofKind(objects, 'CronJob').map(({ metadata, spec }) => {
    return { kind: 'CronJob' as const, name: metadata.name, template: spec?.jobTemplate.spec?.template }
  })
  const plain = [...deployments, ...jobs].map(({ kind, name, template }): Workload => {
    const pod = template?.spec ?? { containers: [] }
    const graceMs = (pod.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S) * 1000
    return { kind, name, labels: template?.metadata?.labels ?? {}, pod, graceMs }
  })
  return [...plain, ...ofKind(objects, 'InferenceService').map((service) => servedBy(service, objects))]
}

/** As KServe puts a pod together: the runtime's containers, with the service's labels, account and resources. */
function servedBy({ metadata, spec }: Manifest & InferenceService, objects: readonly Manifest[]): Workload {
  const { model, timeout, serviceAccountName, automountServiceAccountToken } = spec.predictor
  const runtime = ofKind(objects, 'ServingRuntime').find((one) => one.metadata.name === model.runtime)
  const containers = (runtime?.spec.containers ?? []).map((one) => ({ ...one, resources: model.resources }))
  const pod = { containers, volumes: runtime?.spec.volumes ?? [], serviceAccountName, automountServiceAccountToken }
  return { kind: 'InferenceService', name: metadata.name, labels: metadata.labels ?? {}, pod, graceMs: timeout * 1000 }
}

/** Whether something with labels, such as the pods of a workload, is chosen. */
export function chooses(
  selector: V1LabelSelector,
  { labels }: { readonly labels: Readonly<Record<string, string>> },
): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`${operator} is not checked here`)
      return values?.includes(labels[key] ?? '')
    })
  )
}

/** Whether its containers listen on a port of that name or number. */
export function hasPort({ pod }: Workload, port: number | string | undefined): boolean {
  return pod.containers.some(({ ports = [] }) => ports.some((one) => one.containerPort === port || one.name === port))
}
