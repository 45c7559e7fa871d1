/**
 * Fields that a compiled validator does not know: it reads every field that its schema has, and no other, which a Proxy sees.
 * Objects below `metadata` are left out: to the schema of a custom resource they are just objects.
 */
export function unreadFields(validate: (object: object) => unknown, object: object): string[] {
  const read = new Set<string>()
  validate(Object.fromEntries(Object.entries(object).map(([key, value]) => [key, watch(value, key, read)])))
  const top = Object.keys(object).filter((key) => !['apiVersion', 'kind', 'metadata', 'spec'].includes(key))
  return [...top, ...fieldsOf(object).filter((path) => !read.has(path))].map((path) => `${path} is unknown`)
}

function watch(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, key) {
      const at = `${path}.${String(key)}`
      read.add(at)
      return watch(Reflect.get(target, key), at, read)
    },
  })
}

/** Of the spec: all paths. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => {
    if (path === '' && key !== 'spec') return []
    const at = path === '' ? key : `${path}.${key}`
    return [...(path === '' ? [] : [at]), ...fieldsOf(one, at)]
  })
}
