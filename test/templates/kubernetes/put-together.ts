import { posix } from 'node:path'
import jsonPatch from 'fast-json-patch'
import { parse, parseAllDocuments } from 'yaml'
import * as z from 'zod'

/** An object of Kubernetes, as YAML has it. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
})
export type Manifest = z.infer<typeof manifestSchema>

/** What our kustomizations use of kustomize, and nothing else: a key that is passed over would be a check that is passed over. */
const kustomizationSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  configurations: z.array(z.string()).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        behavior: z.literal('merge').optional(),
        options: z
          .strictObject({ labels: z.record(z.string(), z.string()), disableNameSuffixHash: z.boolean().optional() })
          .optional(),
        literals: z.array(z.string().regex(/^[A-Z_]+=/)).default([]),
        files: z.array(z.string().regex(/^[\w.-]+$/)).default([]),
      }),
    )
    .default([]),
  images: z.array(z.strictObject({ name: z.string(), newTag: z.string() })).default([]),
  patches: z
    .array(z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }))
    .default([]),
})
type Kustomization = z.infer<typeof kustomizationSchema>
type Files = Readonly<Record<string, string>>

/**
 * What `kustomize build` makes of a folder, but for the hashes behind the names of ConfigMaps: so that every combination can be
 * checked where there is no kustomize, and fast. manifests-kustomize.test.ts compares it with the real one.
 */
export function putTogether(files: Files, folder: string): Manifest[] {
  const objects: Manifest[] = []
  addFolder(files, folder, objects)
  return objects
}

const read = new Map<string, Kustomization>()

export function readKustomization(files: Files, folder: string): Kustomization {
  const text = files[`${folder}/kustomization.yaml`] ?? ''
  const kustomization = read.get(text) ?? kustomizationSchema.parse(parse(text))
  read.set(text, kustomization)
  return kustomization
}

const parsed = new Map<string, Manifest[]>()

/** The documents of a file. */
export function readObjects(text: string): Manifest[] {
  const objects = parsed.get(text) ?? parseObjects(text)
  parsed.set(text, objects)
  return structuredClone(objects)
}

function parseObjects(text: string): Manifest[] {
  return parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return manifestSchema.parse(document.toJS())
  })
}

function addFolder(files: Files, folder: string, objects: Manifest[]): void {
  const kustomization = readKustomization(files, folder)
  for (const resource of kustomization.resources) {
    const text = files[posix.join(folder, resource)]
    if (text === undefined) addFolder(files, posix.join(folder, resource), objects)
    else objects.push(...readObjects(text))
  }
  generate(files, folder, objects)
  for (const component of kustomization.components) addFolder(files, posix.join(folder, component), objects)
  for (const patch of kustomization.patches) patchAll(patch, objects)
  for (const { kind, metadata } of objects) {
    if (kustomization.namespace && kind !== 'Namespace') metadata.namespace = kustomization.namespace
  }
  for (const image of kustomization.images) setTag(objects, image)
}

function generate(files: Files, folder: string, objects: Manifest[]): void {
  for (const { name, behavior, options, ...from } of readKustomization(files, folder).configMapGenerator) {
    const data = Object.fromEntries([
      ...from.literals.map((literal) => [literal.split('=', 1)[0], literal.replace(/^[^=]*=/, '')]),
      ...from.files.map((file) => [file, files[posix.join(folder, file)]]),
    ])
    const there = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
    if ((there !== undefined) !== (behavior === 'merge')) throw new Error(`ConfigMap ${name}: cannot be generated`)
    if (there) there.data = { ...Object(there.data), ...data }
    else {
      const metadata = { name, ...(options && { labels: options.labels }) }
      objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
    }
  }
}

/** Kind and name are whole regular expressions; what matches nothing is no error. */
function patchAll({ target, patch }: Kustomization['patches'][number], objects: Manifest[]): void {
  const matches = ({ kind, metadata }: Manifest) =>
    new RegExp(`^${target.kind}$`).test(kind) && new RegExp(`^${target.name}$`).test(metadata.name)
  const change: unknown = parse(patch)
  for (const object of objects.filter(matches)) {
    const index = objects.indexOf(object)
    if (Object(change).$patch === 'delete') objects.splice(index, 1)
    else
      objects[index] = manifestSchema.parse(Array.isArray(change) ? applyJson(object, change) : merge(object, change))
  }
}

function applyJson(object: Manifest, operations: jsonPatch.Operation[]): unknown {
  return jsonPatch.applyPatch(object, operations, true, false).newDocument
}

/** A strategic merge: lists of things with names are merged by them, other lists are replaced. */
function merge(old: unknown, change: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(change) && change.every((item) => 'name' in Object(item))) {
    const changed = old.map((item) =>
      change.reduce((at, other) => (other.name === at.name ? merge(at, other) : at), item),
    )
    return [...changed, ...change.filter((other) => !old.some((item) => item.name === other.name))]
  }
  if (!isObject(old) || !isObject(change)) return change
  return { ...old, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, merge(old[key], value)])) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of every container, wherever it is. */
function setTag(value: unknown, image: Kustomization['images'][number]): void {
  if (Array.isArray(value)) for (const item of value) setTag(item, image)
  if (!isObject(value)) return
  if (typeof value.image === 'string' && value.image.replace(/:[^:/]*$/, '') === image.name)
    value.image = `${image.name}:${image.newTag}`
  for (const item of Object.values(value)) setTag(item, image)
}
