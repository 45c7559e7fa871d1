/** A template as nunjucks' compiler leaves it: an object of functions. */
export type CompiledTemplate = object

/**
 * The bundled templates, compiled when this package is built (scripts/build.ts puts them here), by the SHA-256 of their text:
 * compiling them takes as long as everything else that a run does. Empty when run from source; whatever is not found is compiled.
 */
export const precompiled: ReadonlyMap<string, CompiledTemplate> = new Map()
