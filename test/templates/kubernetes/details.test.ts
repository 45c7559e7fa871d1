import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTemplate } from '../../../src/inputs/template.ts'
import { TEMPLATE_DIR } from '../render-template.ts'
import { type Combination, configOf, renderManifests } from './combinations.ts'
import { type Manifest, putTogether } from './put-together.ts'
import { settingsBelow } from './served.ts'
import { ofKind, workloadsOf } from './workloads.ts'

/** What production applies. */
function objectsOf(options: object, image: Combination['image'] = {}): Manifest[] {
  return putTogether(renderManifests({ options, image }), 'manifests/overlays/production')
}

function podOf(options: object, image: Combination['image'] = {}) {
  const [server] = workloadsOf(objectsOf(options, image)).filter(({ name }) => name === 'inference-server')
  if (!server) throw new Error('there is no server')
  const [container] = server.pod.containers
  return { pod: server.pod, container, mounts: container?.volumeMounts ?? [] }
}

/** Of a policy: the ports that it lets out. */
function portsOut(objects: readonly Manifest[], name: string) {
  const [policy] = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name === name)
  return policy?.spec?.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))
}

const download = (url: string) => ({ model: 'download', url }) as const

describe('the model', () => {
  test('that is in the image needs no volume', () => {
    expect(podOf({}).mounts.map(({ mountPath }) => mountPath)).toEqual(['/tmp'])
  })

  test('that is fetched lies where the pod may write, for which there is time', () => {
    const { pod, container, mounts } = podOf({}, download('https://m.example.com/iris.onnx'))
    expect(mounts).toContainEqual({ name: 'models', mountPath: '/models' })
    expect(pod.volumes).toContainEqual({ name: 'models', emptyDir: { sizeLimit: '65Mi' } })
    const { periodSeconds = 0, failureThreshold = 0 } = container?.startupProbe ?? {}
    expect(periodSeconds * failureThreshold).toBeGreaterThan(120)
  })

  test.each([
    ['https://m.example.com/a.onnx', 443],
    ['http://m.example.com/a.onnx?b=http://c:1', 80],
    ['https://user:1@m.example.com:8443/a:2', 8443],
    ['http://[::1]/a', 80],
    ['http://[::1]:81/a', 81],
  ])('is fetched from %s through port %i', (url, port) => {
    expect(portsOut(objectsOf({}, download(url)), 'model-download')).toEqual([port])
    const cache = { data_cache: { source: { kind: 'http', base_url: url } } }
    expect(portsOut(objectsOf(cache), 'data-source')).toEqual([port])
  })

  test('that lies on a volume is mounted read-only', () => {
    const { pod, mounts } = podOf({}, { model: 'volume' })
    expect(mounts).toContainEqual({ name: 'models', mountPath: '/models', readOnly: true })
    const claim = { claimName: 'inference-server-models', readOnly: true }
    expect(pod.volumes).toContainEqual({ name: 'models', persistentVolumeClaim: claim })
    const [service] = ofKind(objectsOf({ deploy: { kserve: true } }, { model: 'volume' }), 'InferenceService')
    expect(service?.spec.predictor.model.storageUri).toBe('pvc://inference-server-models')
  })
})

test('data in a folder is mounted where the server looks for it', () => {
  const places = { data: '/app/data', '/mnt/data': '/mnt/data' }
  for (const [path, mountPath] of Object.entries(places)) {
    const options = { data_cache: { tier: 'redis', source: path === 'data' ? {} : { path } } }
    for (const { pod } of workloadsOf(objectsOf(options)).filter(({ name }) => name !== 'inference-server-cache')) {
      expect(pod.containers[0]?.volumeMounts).toContainEqual({ name: 'data', mountPath, readOnly: true })
    }
  }
})

describe('how many pods there are', () => {
  const kinds = (options: object) =>
    objectsOf(options)
      .map(({ kind }) => kind)
      .filter((kind) => ['Deployment', 'HorizontalPodAutoscaler', 'ScaledObject', 'InferenceService'].includes(kind))

  test.each([
    [{}, ['Deployment', 'HorizontalPodAutoscaler']],
    [{ deploy: {} }, ['Deployment', 'HorizontalPodAutoscaler']],
    [{ deploy: { autoscale: 'queue' } }, ['Deployment', 'ScaledObject']],
    [{ deploy: { kserve: true } }, ['InferenceService']],
  ])('with %o is decided by one', (options, expected) => {
    expect(kinds(options)).toEqual(expected)
  })

  test.each([{}, { deploy: { autoscale: 'queue' } }, { deploy: { kserve: true } }])(
    'with %o is one in dev',
    (options) => {
      const objects = putTogether(renderManifests({ options, image: {} }), 'manifests/overlays/dev')
      const most = objects.flatMap(({ spec }) => {
        const { maxReplicas, maxReplicaCount, predictor } = Object(spec)
        return maxReplicas ?? maxReplicaCount ?? predictor?.maxReplicas ?? []
      })
      expect(most).toEqual([1])
    },
  )
})

describe('secrets', () => {
  test('are read of a Secret where an option has some, and no pod names one elsewhere', () => {
    const from = (options: object) => podOf(options).container?.envFrom?.flatMap(({ secretRef }) => secretRef ?? [])
    expect(from({ grpc: {} })).toEqual([])
    expect(from({ data_cache: {} })).toEqual([{ name: 'inference-server', optional: true }])
  })

  test('of a feature are all the settings that hide their value', () => {
    for (const { folder, name, secrets } of readTemplate(TEMPLATE_DIR).features) {
      const hidden = settingsBelow(join(TEMPLATE_DIR, folder), /^ {2}([A-Z][A-Z_]+): \{.*secret: true/gm)
      expect(secrets, name).toEqual(expect.arrayContaining(hidden))
    }
  })

  test('are named in docs/kubernetes.md', () => {
    const options = { data_cache: { tier: 'redis' }, tracing: {} }
    const docs = renderManifests({ options, image: {} })['docs/kubernetes.md']
    const secrets = configOf({ options, image: {} }).features.flatMap((feature) => feature.secrets)
    expect(secrets).toContain('REDIS_PASSWORD')
    for (const secret of secrets) expect(docs).toContain(`\`${secret}\``)
  })
})

describe('docs/kubernetes.md', () => {
  const some = [
    {},
    { grpc: {}, tracing: {}, data_cache: { tier: 'both' }, deploy: { ingress: 'gateway', autoscale: 'queue' } },
    {
      data_cache: { source: { kind: 'postgres', table: 't', id_column: 'i', json_column: 'j' } },
      deploy: { kserve: true },
    },
    { deploy: { ingress: 'ingress' } },
  ]
  const images: Combination['image'][] = [{}, download('https://m.example.com/a'), { model: 'volume' }]

  test.each(some.flatMap((options) => images.map((image) => ({ options, image }))))(
    'says of every policy what it allows: $options, $image.model',
    (one) => {
      const files = renderManifests(one)
      const docs = files['docs/kubernetes.md'] ?? ''
      const policies = ofKind(putTogether(files, 'manifests/base'), 'NetworkPolicy').map(
        ({ metadata }) => metadata.name,
      )
      const missing = policies.filter((name) => name !== 'deny-all' && !docs.includes(`\`${name}\``))
      expect(missing).toEqual([])
      expect(docs).not.toMatch(/[ \t]\n|\n\n\n|undefined|\[object/)
      expect(docs).toMatch(/[^\n]\n$/)
    },
  )

  test('has patches that kustomize can apply', () => {
    for (const options of some) {
      const files = renderManifests({ options, image: {} })
      const overlay = files['manifests/overlays/production/kustomization.yaml'] ?? ''
      const blocks = [...(files['docs/kubernetes.md'] ?? '').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
        ([, block]) => block,
      )
      expect(blocks.length).toBeGreaterThan(2)
      for (const block of blocks) {
        const before = JSON.stringify(putTogether(files, 'manifests/overlays/production'))
        const changed = { ...files, 'manifests/overlays/production/kustomization.yaml': `${overlay}${block}` }
        expect(JSON.stringify(putTogether(changed, 'manifests/overlays/production')), block).not.toBe(before)
      }
    }
  })
})

test('a gRPC port is open wherever HTTP is', () => {
  const objects = objectsOf({ grpc: { port: 9001 }, deploy: { ingress: 'gateway' } })
  const policies = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) =>
    ['inference-server', 'from-gateway'].includes(metadata.name),
  )
  expect(policies).toHaveLength(2)
  for (const { spec } of policies) expect(spec?.ingress?.[0]?.ports).toHaveLength(2)
})

test('features of deployment files alone are in no list of code', () => {
  const { features } = configOf({ options: { deploy: { ingress: 'gateway', autoscale: 'queue' } }, image: {} })
  expect(features.map(({ name, code, component }) => [name, code, component])).toEqual([
    ['gateway', false, true],
    ['keda', false, true],
  ])
})
