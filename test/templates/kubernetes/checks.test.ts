import { describe, expect, test } from 'vitest'
import { renderManifests } from './combinations.ts'
import { findFaults } from './faults.ts'
import { foreignFiles } from './folders.ts'
import { putTogether } from './put-together.ts'
import { readServer } from './served.ts'

// The checks of the other tests in this folder, checked: each finds what it is there for.

type Change = (files: Record<string, string>) => void

const EVERYTHING = {
  grpc: { port: 8001 },
  tracing: {},
  data_cache: { tier: 'both' },
  deploy: { ingress: 'gateway', autoscale: 'queue' },
}
const volume = { model: 'volume' } as const
const server = readServer()

/** Of all options together, with something in a file replaced. */
function faultsAfter(change: Change, options: object = EVERYTHING): string[] {
  const files = renderManifests({ options, image: volume })
  change(files)
  return [...foreignFiles(files), ...findFaults(putTogether(files, 'manifests/overlays/production'), server)]
}

function replace(file: string, old: string | RegExp, text: string): Change {
  return (files) => {
    const before = files[`manifests/${file}`] ?? ''
    const after = before.replace(old, text)
    if (after === before) throw new Error(`${file} does not have ${old}`)
    files[`manifests/${file}`] = after
  }
}

test('without a change there is nothing to find', () => {
  expect(faultsAfter(() => undefined)).toEqual([])
})

const DEPLOYMENT = 'base/deployment.yaml'
describe('what is broken is found', () => {
  test.each<[string, Change, RegExp]>([
    ['a misspelt field', replace(DEPLOYMENT, 'periodSeconds: 10', 'periodSecond: 10'), /periodSecond is unknown/],
    [
      'a field in a wrong place',
      replace(DEPLOYMENT, 'enableServiceLinks: false', 'replicas: 1'),
      /spec\.replicas is unknown/,
    ],
    ['a number that is a text', replace(DEPLOYMENT, 'periodSeconds: 10', 'periodSeconds: "10"'), /periodSeconds/],
    [
      'a switch that is a text',
      replace('base/serviceaccount.yaml', 'Token: false', 'Token: "no"'),
      /automountServiceAccountToken/,
    ],
    ['an unknown word', replace('base/service.yaml', 'kind: Service', 'kind: Servise'), /without a schema/],
    ['an old version of a kind', replace('base/pdb.yaml', 'policy/v1', 'policy/v1beta1'), /without a schema/],
    ['a missing field', replace('base/service.yaml', /\n +port: 80/, ''), /port/],
    [
      'a misspelt field of KEDA',
      replace('components/keda/scaledobject.yaml', 'pollingInterval', 'pollInterval'),
      /pollInterval is unknown/,
    ],
    [
      'a wrong value of KEDA',
      replace('components/keda/scaledobject.yaml', 'pollingInterval: 15', 'pollingInterval: 15s'),
      /pollingInterval/,
    ],
    ['a misspelt field of a route', replace('components/gateway/routes.yaml', 'hostnames', 'hosts'), /hosts/],
    ['a wrong value of a route', replace('components/gateway/routes.yaml', 'PathPrefix', 'Prefix'), /type/],
    [
      'a misspelt field of a GRPCRoute',
      replace('components/gateway/routes.yaml', /service: (?=inference)/, 'name: '),
      /GRPCRoute/,
    ],
    ['root', replace(DEPLOYMENT, 'runAsNonRoot: true', 'runAsNonRoot: false'), /Pod Security: server: runAsNonRoot/],
    ['root by number', replace(DEPLOYMENT, 'runAsUser: 1000', 'runAsUser: 0'), /Pod Security: runAsUser/],
    [
      'no seccomp profile',
      replace(DEPLOYMENT, 'type: RuntimeDefault', 'type: Unconfined'),
      /Pod Security: seccompProfile/,
    ],
    ['more rights', replace(DEPLOYMENT, 'allowPrivilegeEscalation: false', 'privileged: true'), /server: privileged/],
    ['capabilities', replace(DEPLOYMENT, 'drop: [ALL]', 'add: [NET_ADMIN]'), /server: capabilities\.add/],
    [
      'a folder of the node',
      replace(DEPLOYMENT, /emptyDir:\n\s+sizeLimit: 64Mi/, 'hostPath: { path: /tmp }'),
      /volume tmp/,
    ],
    ['the network of the node', replace(DEPLOYMENT, 'enableServiceLinks: false', 'hostNetwork: true'), /hostNetwork/],
    [
      'a file system that can be written',
      replace(DEPLOYMENT, 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'),
      /may write/,
    ],
    ['a token', replace(DEPLOYMENT, 'automountServiceAccountToken: false', ''), /gets a token/],
    ['no limit of memory', replace(DEPLOYMENT, /limits:\n.*\n.*memory.*/, ''), /no requests or limits/],
    ['a probe of no route', replace(DEPLOYMENT, '/health/ready', '/healthz'), /\/healthz is asked for its health/],
    ['a probe of no port', replace(DEPLOYMENT, 'port: http', 'port: web'), /nothing listens on web/],
    [
      'a container port that is not the setting',
      replace(DEPLOYMENT, 'containerPort: 8000', 'containerPort: 8080'),
      /8000 is not among its ports/,
    ],
    ['too little time to stop', replace(DEPLOYMENT, 'PeriodSeconds: 30', 'PeriodSeconds: 16'), /killed after 16000 ms/],
    [
      'a claim that is not there',
      replace('base/models.yaml', 'name: inference-server-models', 'name: models'),
      /no claim inference-server-models/,
    ],
    [
      'a volume that is not there',
      replace(DEPLOYMENT, /- name: models\n\s+persistentVolumeClaim/, '- name: model\n          persistentVolumeClaim'),
      /models is no volume/,
    ],
    [
      'an account that is not there',
      replace(DEPLOYMENT, 'serviceAccountName: inference-server', 'serviceAccountName: me'),
      /no ServiceAccount me/,
    ],
    [
      'settings that are not there',
      replace(DEPLOYMENT, /configMapRef:\n\s+name: inference-server/, 'configMapRef:\n                name: settings'),
      /no ConfigMap settings/,
    ],
    [
      'a setting that the server does not have',
      replace('base/kustomization.yaml', 'SHUTDOWN_DELAY_MS', 'SHUTDOWN_DELAY'),
      /SHUTDOWN_DELAY is no setting/,
    ],
    [
      'a service without pods',
      replace('base/service.yaml', /selector:\n.*\n.*\n/, 'selector:\n    app: server\n'),
      /chooses the pods of 0/,
    ],
    [
      'a service to a closed port',
      replace('base/service.yaml', 'targetPort: http', 'targetPort: web'),
      /nothing listens on web/,
    ],
    [
      'a deployment of other pods',
      replace(DEPLOYMENT, /matchLabels:\n.*name: inference-server/, 'matchLabels:\n      app.kubernetes.io/name: x'),
      /does not choose its own pods/,
    ],
    [
      'a budget of no pods',
      replace('base/pdb.yaml', /(matchLabels:\n.*name: )inference-server/, '$1x'),
      /PodDisruptionBudget .* chooses no pods/,
    ],
    [
      'a scaler of nothing',
      replace('components/keda/scaledobject.yaml', /(scaleTargetRef:\n.*name: )inference-server/, '$1server'),
      /no server to scale/,
    ],
    [
      'two scalers',
      (files) => {
        const hpa = renderManifests({ options: {}, image: volume })['manifests/base/hpa.yaml'] ?? ''
        files['manifests/base/pdb.yaml'] = `${files['manifests/base/pdb.yaml']}---\n${hpa}`
      },
      /two scale the same/,
    ],
    [
      'a policy of no pods',
      replace('components/tracing/networkpolicy.yaml', 'name: inference-server', 'name: x'),
      /tracing chooses no pods/,
    ],
    [
      'a policy of a closed port',
      replace('base/networkpolicy.yaml', 'port: 8000', 'port: 80'),
      /nothing listens on 80/,
    ],
    [
      'a policy that leads nowhere',
      replace('components/data-cache/redis.yaml', /(name: to-cache[\s\S]*port: )redis/, '$16380'),
      /leads to 6380/,
    ],
    [
      'an address of nobody',
      replace('components/data-cache/kustomization.yaml', 'inference-server-cache:6379', 'cache:6379'),
      /REDIS_URL: nobody is cache:6379/,
    ],
    [
      'an address that no policy lets it call',
      replace('components/tracing/kustomization.yaml', ':4318', ':4317'),
      /OTLP_ENDPOINT: no policy lets it call 4317/,
    ],
    ['no policy that denies', replace('base/networkpolicy.yaml', '    - Egress\n---', '---'), /denies/],
    [
      'a route to no service',
      replace('components/gateway/routes.yaml', 'port: 80\n', 'port: 8080\n'),
      /no Service inference-server with the port 8080/,
    ],
    [
      'a route that the server does not have',
      replace('components/gateway/routes.yaml', '/metadata', '/meta'),
      /\/meta is no route/,
    ],
    [
      'metrics that are shown to all',
      replace('components/gateway/routes.yaml', '/metadata', '/metrics'),
      /\/metrics is shown/,
    ],
    ['everything shown to all', replace('components/gateway/routes.yaml', '/metadata', '/'), /\/ is shown/],
    [
      'an image without a version',
      replace('components/data-cache/redis.yaml', 'redis:8.2-alpine', 'redis'),
      /no version/,
    ],
    [
      'a file that nobody names',
      replace('base/kustomization.yaml', '  - pdb.yaml\n', ''),
      /pdb\.yaml is there, and not named/,
    ],
    [
      'a component that nobody names',
      replace('base/kustomization.yaml', /.*components\/tracing.*\n/, ''),
      /tracing\/\S+ is there, and not named/,
    ],
  ])('%s', (_, change, fault) => {
    expect(faultsAfter(change)).toEqual(expect.arrayContaining([expect.stringMatching(fault)]))
  })

  test('a name without a file', () => {
    const change: Change = (files) => delete files['manifests/base/pdb.yaml']
    expect(() => faultsAfter(change)).toThrow()
    const files = renderManifests({ options: {}, image: {} })
    change(files)
    expect(foreignFiles(files)).toEqual(['manifests/base/pdb.yaml is named, and not there'])
  })

  test.each<[string, Change, RegExp]>([
    [
      'a misspelt field',
      replace('components/kserve/inference-service.yaml', 'maxReplicas', 'maxReplica'),
      /maxReplica/,
    ],
    [
      'a wrong value',
      replace('components/kserve/inference-service.yaml', 'protocolVersion: v2', 'protocolVersion: v3'),
      /protocolVersion/,
    ],
    [
      'a misspelt field of a container',
      replace('components/kserve/serving-runtime.yaml', 'readinessProbe', 'readyProbe'),
      /readyProbe is unknown/,
    ],
    [
      'root',
      replace('components/kserve/serving-runtime.yaml', 'runAsNonRoot: true', 'runAsNonRoot: false'),
      /Pod Security/,
    ],
    [
      'too little time to stop',
      replace('components/kserve/inference-service.yaml', 'timeout: 30', 'timeout: 10'),
      /killed after 10000 ms/,
    ],
    [
      'a runtime that is not there',
      replace('components/kserve/inference-service.yaml', 'runtime: inference-server', 'runtime: x'),
      /nobody asks for its health/,
    ],
  ])('of KServe: %s', (_, change, fault) => {
    const faults = faultsAfter(change, { deploy: { kserve: true } })
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]))
  })

  test.each([
    ['metrics', '/predict', '/metrics', /\/metrics is shown/],
    [
      'a port that the service does not have',
      'name: http',
      'name: web',
      /no Service inference-server with the port web/,
    ],
  ])('of an Ingress: %s', (_, old, text, fault) => {
    const faults = faultsAfter(replace('components/ingress/ingress.yaml', old, text), {
      deploy: { ingress: 'ingress' },
    })
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]))
  })
})
