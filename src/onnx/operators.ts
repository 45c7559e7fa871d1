import type { ModelProto, NodeProto } from './onnx_pb.ts'
import { scopesOf } from './scopes.ts'

/** Domains whose operators onnxruntime-node has, as far as it has them. Of ai.onnx.preview.training it has none. */
const BUILT_IN = ['ai.onnx', 'ai.onnx.ml', 'ai.onnx.preview', 'com.microsoft']

/** The default domain by its long name, which models may write empty. */
export function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain
}

/** How often each operator occurs, subgraphs and local functions included; `domain.Op` outside of ai.onnx; sorted. */
export function countOps(model: ModelProto): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { nodes } of scopesOf(model)) {
    for (const node of nodes) counts.set(operatorName(node), (counts.get(operatorName(node)) ?? 0) + 1)
  }
  return sortedRecord(counts)
}

/** Names among those of `countOps` that neither onnxruntime nor a function of the model defines. */
export function findCustomOps({ functions }: ModelProto, names: readonly string[]): string[] {
  const local = new Set(functions.map(({ domain }) => domainName(domain)))
  return names.filter((name) => {
    const domain = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : 'ai.onnx'
    return !BUILT_IN.includes(domain) && !domain.startsWith('com.microsoft.') && !local.has(domain)
  })
}

/** Opset version by domain, sorted. */
export function readOpsets(model: ModelProto): Record<string, number> {
  return sortedRecord(model.opsetImport.map(({ domain, version }) => [domainName(domain), Number(version)]))
}

/** Domains that nodes use without an import, sorted. Local functions bring their domain and their own imports. */
export function missingDomains(model: ModelProto): string[] {
  const imports = [...model.opsetImport, ...model.functions, ...model.functions.flatMap((local) => local.opsetImport)]
  const imported = new Set(imports.map(({ domain }) => domainName(domain)))
  const used = new Set<string>()
  for (const { nodes } of scopesOf(model)) for (const { domain } of nodes) used.add(domainName(domain))
  return [...used].filter((domain) => !imported.has(domain)).sort()
}

function operatorName({ domain, opType }: NodeProto): string {
  return domainName(domain) === 'ai.onnx' ? opType : `${domain}.${opType}`
}

function sortedRecord(entries: Iterable<readonly [string, number]>): Record<string, number> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
