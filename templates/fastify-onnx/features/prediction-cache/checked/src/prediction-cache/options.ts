/** Stands for what is rendered from vars.yaml, where base/ is type-checked in place. */
export const options = { ttl_s: 60 } as const
