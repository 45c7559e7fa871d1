import * as kubernetes from '@kubernetes/client-node'
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { CronJob } from 'kubernetes-models/batch/v1/CronJob'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Namespace } from 'kubernetes-models/v1/Namespace'
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim'
import { Pod } from 'kubernetes-models/v1/Pod'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import * as z from 'zod'
import { OWN_SCHEMAS } from './own-schemas.ts'
import type { Manifest } from './put-together.ts'
import { unreadFields } from './unread-fields.ts'

/** A class of kubernetes-models: its `validate` throws for values that the API refuses, and passes over fields that it does not know. */
type Model = new (data: never) => { validate(): void }

/** What Kubernetes itself has: the class, and the type by which @kubernetes/client-node knows all fields. */
const BUILT_IN: Readonly<Record<string, { readonly model: Model; readonly type: string }>> = {
  'v1 ConfigMap': { model: ConfigMap, type: 'V1ConfigMap' },
  'v1 Namespace': { model: Namespace, type: 'V1Namespace' },
  'v1 PersistentVolumeClaim': { model: PersistentVolumeClaim, type: 'V1PersistentVolumeClaim' },
  'v1 Pod': { model: Pod, type: 'V1Pod' },
  'v1 Service': { model: Service, type: 'V1Service' },
  'v1 ServiceAccount': { model: ServiceAccount, type: 'V1ServiceAccount' },
  'apps/v1 Deployment': { model: Deployment, type: 'V1Deployment' },
  'autoscaling/v2 HorizontalPodAutoscaler': { model: HorizontalPodAutoscaler, type: 'V2HorizontalPodAutoscaler' },
  'batch/v1 CronJob': { model: CronJob, type: 'V1CronJob' },
  'networking.k8s.io/v1 Ingress': { model: Ingress, type: 'V1Ingress' },
  'networking.k8s.io/v1 NetworkPolicy': { model: NetworkPolicy, type: 'V1NetworkPolicy' },
  'policy/v1 PodDisruptionBudget': { model: PodDisruptionBudget, type: 'V1PodDisruptionBudget' },
}
/** What others add to a cluster: the class alone. */
const ADDED: Readonly<Record<string, Model>> = {
  'gateway.networking.k8s.io/v1 HTTPRoute': HTTPRoute,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
  'monitoring.coreos.com/v1 PodMonitor': PodMonitor,
  'monitoring.coreos.com/v1 PrometheusRule': PrometheusRule,
  'monitoring.coreos.com/v1 ServiceMonitor': ServiceMonitor,
}

/** PodMonitor's came with version 0.79 of the Prometheus Operator, after that of the package. */
const YOUNGER_THAN_PACKAGE = ['spec.podMetricsEndpoints.0.portNumber is unknown']

/** What the API server would refuse, or silently drop: each with its place. */
export function findSchemaFaults(object: Manifest): string[] {
  const key = `${object.apiVersion} ${object.kind}`
  const [builtIn, added, own] = [BUILT_IN[key], ADDED[key], OWN_SCHEMAS[key]]
  if (builtIn) return [...wrongValues(builtIn.model, object), ...unknownFields(object, builtIn.type, object.kind)]
  if (added) {
    const unknown = unreadFields((read) => wrongValues(added, read), object)
    return [...wrongValues(added, object), ...unknown.filter((fault) => !YOUNGER_THAN_PACKAGE.includes(fault))]
  }
  if (own) return [...wrongFields(own, object), ...podFaults(object)]
  return [`${key} is a kind without a schema here`]
}

function wrongValues(Model: Model, object: object): string[] {
  try {
    // Not by its constructor, which copies: unreadFields would see nothing.
    const instance: InstanceType<Model> = Object.assign(Object.create(Model.prototype), object)
    instance.validate()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

const attributes = z.array(z.object({ baseName: z.string(), type: z.string() }))
const PLAIN = ['string', 'number', 'boolean', 'any', 'object', 'Date', 'IntOrString']

/** Fields that a type of client-node does not have, wherever they are. */
function unknownFields(value: unknown, type: string, path: string): string[] {
  const item = /^Array<(.+)>$/.exec(type)?.[1]
  if (item && Array.isArray(value)) return value.flatMap((one, index) => unknownFields(one, item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null || PLAIN.includes(type)) return []
  const entries = Object.entries(value)
  const member = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1]
  if (member) return entries.flatMap(([key, one]) => unknownFields(one, member, `${path}.${key}`))
  const known = attributes.parse(Object(Reflect.get(kubernetes, type)).attributeTypeMap)
  return entries.flatMap(([key, one]) => {
    const field = known.find(({ baseName }) => baseName === key)
    return field ? unknownFields(one, field.type, `${path}.${key}`) : [`${path}.${key} is unknown`]
  })
}

function wrongFields(schema: z.ZodType, object: Manifest): string[] {
  const { error } = schema.safeParse(object)
  return (error?.issues ?? []).map(({ path, message }) => `${object.kind}.${path.join('.')}: ${message}`)
}

/** Containers and volumes of a ServingRuntime, as those of a pod. */
function podFaults({ kind, metadata, spec }: Manifest): string[] {
  if (kind !== 'ServingRuntime') return []
  const { containers, volumes } = Object(spec)
  return findSchemaFaults({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, volumes } })
}
