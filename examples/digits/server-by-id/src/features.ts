import { feature as data_cache } from './data-cache/feature.ts'
import type { Feature } from './feature.ts'
import { feature as image } from './image/feature.ts'

/** The options that are on, in the order in which they wrap the pipeline. */
export const features: readonly Feature[] = [image, data_cache]
