/** Stands for what is rendered from vars.yaml, where base/ is type-checked in place. */
export const options = { port: 8001 } as const
