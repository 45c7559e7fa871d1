/** The name is package, image, namespace and folder at once: a DNS label. */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** undefined when the name is a DNS label, else what is wrong with the nearest valid suggestion. */
export function checkName(name: string): { message: string; suggestion: string } | undefined {
  if (DNS_LABEL.test(name)) return undefined
  const suggestion = suggestName(name)
  const message = `"${name}" is no DNS label (a-z, 0-9 and -, at most 63, beginning and ending with a letter or digit)`
  return { message: `${message}; use "${suggestion}"`, suggestion }
}

/** The nearest DNS label: `My Model_v2` -> `my-model-v2`. */
export function suggestName(name: string): string {
  const label = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return label || 'sample'
}
