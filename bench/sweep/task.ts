import { z } from 'zod'
import { caseSchema } from './cases.ts'

/** What a child process is told: a case, and how to go about it. */
export const taskSchema = caseSchema.extend({
  /** A folder of its own, below one that holds node_modules. */
  place: z.string(),
  /** Generate by the bundled command, as a user does, instead of by `create()`. */
  byCommand: z.boolean(),
})

export type Task = z.infer<typeof taskSchema>

/** In a task's place: what onnxruntime-node itself answered, as nested arrays by name. */
export const OWN_ANSWERS = 'onnxruntime.json'
