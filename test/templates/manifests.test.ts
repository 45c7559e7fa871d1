import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { configWith, renderTemplate } from './render-template.ts'

/** Of one object each: kubernetes/ has the tests of all manifests together. */
const FILES = [
  'base/kustomization.yaml',
  'base/namespace.yaml',
  'base/deployment.yaml',
  'base/service.yaml',
  'base/hpa.yaml',
  'overlays/dev/kustomization.yaml',
  'overlays/production/kustomization.yaml',
] as const

const manifest = (file: (typeof FILES)[number], config: Config) =>
  parse(renderTemplate(`manifests/${file}.njk`, config))

// Names that YAML would read as something else, that start with a digit, or that are as long as a DNS label may be.
const NAMES = ['iris', '2d-pose', '123', '1e3', 'null', 'true', 'no', '0x1f', `a${'-b'.repeat(31)}`]
const DNS_1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/

describe.each(NAMES)('the manifests of a server called %s', (name) => {
  const config = configWith({ name, image: { ...configWith().image, repository: name } })
  const deployment = manifest('base/deployment.yaml', config)
  const service = manifest('base/service.yaml', config)

  it('select the pods that the deployment makes, and nothing else', () => {
    const labels = { 'app.kubernetes.io/name': 'inference-server', 'app.kubernetes.io/instance': name }
    expect(deployment.spec.selector.matchLabels).toEqual(labels)
    expect(deployment.spec.template.metadata.labels).toEqual(labels)
    expect(deployment.spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels).toEqual(labels)
    expect(service.spec.selector).toEqual(labels)
  })

  it('live in a namespace of that name, which no name can make invalid', () => {
    expect(manifest('base/namespace.yaml', config).metadata.name).toBe(name)
    expect(manifest('base/kustomization.yaml', config).namespace).toBe(name)
    expect(deployment.metadata.name).toMatch(DNS_1035)
    expect(service.metadata.name).toMatch(DNS_1035)
  })

  it('run the image that the overlay names, with a version', () => {
    const image = deployment.spec.template.spec.containers[0].image
    for (const overlay of ['overlays/dev/kustomization.yaml', 'overlays/production/kustomization.yaml'] as const) {
      expect(manifest(overlay, config).images).toEqual([{ name: image.replace(/:1\.0\.0$/, ''), newTag: '1.0.0' }])
    }
  })
})

describe('the deployment', () => {
  const config = configWith({ server: { port: 9090 }, resources: { cpu: 0.5, memory: '2Gi', replicas: 3 } })
  const { spec } = manifest('base/deployment.yaml', config).spec.template
  const container = spec.containers[0]

  it('is asked for its health on the routes that the server has', () => {
    expect(container.startupProbe.httpGet).toEqual({ path: '/health/live', port: 'http' })
    expect(container.livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' })
    expect(container.readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' })
  })

  it('listens where the service sends requests', () => {
    expect(container.ports).toEqual([{ name: 'http', containerPort: 9090 }])
    const [settings] = manifest('base/kustomization.yaml', config).configMapGenerator
    expect(settings.literals).toContain('PORT=9090')
    expect(manifest('base/service.yaml', config).spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }])
  })

  it('gets the resources of vars.yaml, as requests and as limits', () => {
    const amounts = { cpu: '0.5', memory: '2Gi' }
    expect(container.resources).toEqual({ requests: amounts, limits: amounts })
  })

  it('has no rights', () => {
    expect(spec.automountServiceAccountToken).toBe(false)
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('leaves the number of pods to the autoscaler', () => {
    const deployment = manifest('base/deployment.yaml', config)
    const hpa = manifest('base/hpa.yaml', config)
    expect(deployment.spec.replicas).toBeUndefined()
    expect(hpa.spec).toMatchObject({ minReplicas: 3, maxReplicas: 15 })
    expect(hpa.spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: deployment.metadata.name,
    })
  })

  it('carries the model file and hash, whatever the file is called', () => {
    const file = `it's "odd": {{ 1 }} #$(x) é\u2028.onnx`
    const model = { ...config.model, file }
    const { annotations } = manifest('base/deployment.yaml', { ...config, model }).spec.template.metadata
    expect(annotations).toEqual({
      'create-inference-server/model-file': file,
      'create-inference-server/model-sha256': config.model.sha256,
    })
  })
})

describe('the kustomization', () => {
  it('has a component for each feature that is on and has one', () => {
    const feature = {
      parts: [],
      summary: '',
      dependencies: {},
      devDependencies: {},
      scripts: {},
      ports: [],
      files: [],
      secrets: [],
      code: true,
      compose: false,
      component: true,
    }
    const features = [
      { name: 'grpc', ...feature },
      { name: 'image', ...feature, component: false },
      { name: 'data-cache', ...feature },
    ]
    const components = (config: Config) => manifest('base/kustomization.yaml', config).components
    expect(components(configWith({ features }))).toEqual(['../components/grpc', '../components/data-cache'])
    expect(components(configWith())).toEqual([])
  })
})
