import type { EdgeVars } from './vars.ts'

/** Stands for what is rendered from vars.yaml, where base/ is type-checked in place. */
export const options: EdgeVars = { targets: ['web'], host: true }
