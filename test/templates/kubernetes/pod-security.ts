import type { V1Container, V1PodSpec } from '@kubernetes/client-node'

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const
const SECCOMP = ['RuntimeDefault', 'Localhost']
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
]

/**
 * What the Pod Security Standard "restricted" refuses in a pod; empty: it is let in.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function violations(pod: V1PodSpec): string[] {
  const { securityContext: own = {} } = pod
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((key) => pod[key])
  const volumes = (pod.volumes ?? []).filter((volume) => !VOLUMES.some((kind) => volume[kind]))
  const sysctls = (own.sysctls ?? []).filter(({ name }) => !SYSCTLS.includes(name))
  return [
    ...host,
    ...volumes.map(({ name }) => `volume ${name}`),
    ...sysctls.map(({ name }) => `sysctl ${name}`),
    ...(own.runAsUser === 0 ? ['runAsUser'] : []),
    ...(own.seccompProfile && !SECCOMP.includes(own.seccompProfile.type) ? ['seccompProfile'] : []),
    ...(own.appArmorProfile?.type === 'Unconfined' ? ['appArmorProfile'] : []),
    ...(own.windowsOptions?.hostProcess ? ['hostProcess'] : []),
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap((container) =>
      containerViolations(container, pod).map((what) => `${container.name}: ${what}`),
    ),
  ]
}

/** What a container does not say itself, the pod says for it. */
function containerViolations({ securityContext: own = {}, ports = [] }: V1Container, pod: V1PodSpec): string[] {
  const { add = [], drop = [] } = own.capabilities ?? {}
  const seccomp = own.seccompProfile ?? pod.securityContext?.seccompProfile
  const wrong = {
    allowPrivilegeEscalation: own.allowPrivilegeEscalation !== false,
    privileged: own.privileged === true,
    runAsNonRoot: (own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true,
    runAsUser: own.runAsUser === 0,
    seccompProfile: !seccomp || !SECCOMP.includes(seccomp.type),
    'capabilities.drop': !drop.includes('ALL'),
    'capabilities.add': add.some((capability) => capability !== 'NET_BIND_SERVICE'),
    procMount: (own.procMount ?? 'Default') !== 'Default',
    appArmorProfile: own.appArmorProfile?.type === 'Unconfined',
    hostPort: ports.some(({ hostPort }) => hostPort),
  }
  return Object.entries(wrong).flatMap(([what, isWrong]) => (isWrong ? [what] : []))
}
