import * as z from 'zod'

// Schemas of our own, of the kinds that no package on npm has: the fields that our manifests use, with the types that the API has
// (KServe's serving.kserve.io v1beta1 and v1alpha1, Gateway API v1). They know no field that we do not use: one that is added to a
// template is to be looked up and added here.

const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const amounts = z.record(z.enum(['cpu', 'memory']), z.string())
const port = z.int().min(1).max(65535)

const inferenceService = z.strictObject({
  apiVersion: z.literal('serving.kserve.io/v1beta1'),
  kind: z.literal('InferenceService'),
  metadata,
  spec: z.strictObject({
    predictor: z.strictObject({
      minReplicas: z.int().min(0),
      maxReplicas: z.int().min(1),
      scaleMetric: z.enum(['concurrency', 'rps', 'cpu', 'memory']),
      scaleTarget: z.int().min(1),
      canaryTrafficPercent: z.int().min(0).max(100).optional(),
      timeout: z.int().min(1),
      serviceAccountName: z.string(),
      automountServiceAccountToken: z.boolean(),
      enableServiceLinks: z.boolean(),
      model: z.strictObject({
        runtime: z.string(),
        modelFormat: z.strictObject({ name: z.string(), version: z.string() }),
        protocolVersion: z.enum(['v1', 'v2', 'grpc-v2']),
        storageUri: z
          .string()
          .regex(/^pvc:\/\/[a-z0-9-]+(\/|$)/)
          .optional(),
        resources: z.strictObject({ requests: amounts, limits: amounts }),
      }),
    }),
  }),
})

/** Containers and volumes are those of a pod, and checked as such. */
const servingRuntime = z.strictObject({
  apiVersion: z.literal('serving.kserve.io/v1alpha1'),
  kind: z.literal('ServingRuntime'),
  metadata,
  spec: z.strictObject({
    supportedModelFormats: z.array(z.strictObject({ name: z.string(), version: z.string(), autoSelect: z.boolean() })),
    protocolVersions: z.array(z.enum(['v1', 'v2', 'grpc-v1', 'grpc-v2'])),
    multiModel: z.boolean(),
    containers: z.array(z.looseObject({ name: z.string() })).min(1),
    volumes: z.array(z.looseObject({ name: z.string() })),
  }),
})

const grpcRoute = z.strictObject({
  apiVersion: z.literal('gateway.networking.k8s.io/v1'),
  kind: z.literal('GRPCRoute'),
  metadata,
  spec: z.strictObject({
    parentRefs: z.array(z.strictObject({ name: z.string(), namespace: z.string() })),
    hostnames: z.array(z.string()).max(16),
    rules: z
      .array(
        z.strictObject({
          matches: z.array(z.strictObject({ method: z.strictObject({ service: z.string() }) })).max(64),
          backendRefs: z.array(z.strictObject({ name: z.string(), port })).max(16),
        }),
      )
      .max(16),
  }),
})

export const OWN_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  'serving.kserve.io/v1beta1 InferenceService': inferenceService,
  'serving.kserve.io/v1alpha1 ServingRuntime': servingRuntime,
  'gateway.networking.k8s.io/v1 GRPCRoute': grpcRoute,
}
