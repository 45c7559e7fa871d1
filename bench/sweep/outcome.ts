import { z } from 'zod'

/** How far a case came, in order. */
export const STAGES = ['generate', 'compile', 'start', 'warm-up', 'predict', 'compare'] as const

/** What became of one case in a child process. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('right'),
    /** Asked through app.predictor.infer, because JSON cannot carry NaN or Infinity. */
    byTensors: z.boolean().default(false),
    /** GET /predict/test answered 200. */
    sampleRuns: z.boolean().default(true),
    /** Every number equals onnxruntime-node's own. */
    sameBits: z.boolean().default(true),
  }),
  z.object({ kind: z.literal('wrong'), reason: z.string(), sameBits: z.boolean().default(false) }),
  z.object({ kind: z.literal('failed'), stage: z.enum(STAGES), reason: z.string() }),
])

export type Outcome = z.infer<typeof outcomeSchema>
export type Stage = (typeof STAGES)[number]

/** What a child process says: where it is, and the outcome. */
export const messageSchema = z.union([z.object({ stage: z.enum(STAGES) }), z.object({ outcome: outcomeSchema })])
export type Message = z.infer<typeof messageSchema>
