import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

type Nested = number | string | Nested[]

const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.string(), z.array(nested)]))

/** What zoo.py writes beside each model: the rows to send, and scikit-learn's own answers to them. */
const schema = z.object({
  /** Of |a-b| / max(1, |b|). */
  tolerance: z.number(),
  inputs: z.record(z.string(), z.array(nested)),
  task: z.enum(['classification', 'regression', 'tensor', 'refused']),
  /** Classification. */
  labels: z.array(z.string()).optional(),
  probabilities: z.array(nested).optional(),
  /** Regression and tensor; by output name where the model has several. */
  prediction: z.union([z.array(nested), z.record(z.string(), z.array(nested))]).optional(),
  /** A part of the message with which the command must refuse the model. */
  refusal: z.string().optional(),
})

export type Entry = z.infer<typeof schema> & { readonly name: string; readonly modelPath: string }

/** An exported model of the zoo and its expected answers. Throws when zoo.py has not written them. */
export function readEntry(folder: string, name: string): Entry {
  const document = schema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
  return { ...document, name, modelPath: join(folder, `${name}.onnx`) }
}

export function countRows({ inputs }: Entry): number {
  return Object.values(inputs)[0]?.length ?? 0
}

/** The body of POST /predict for these rows: nested arrays for one input, an object of them by name for several. */
export function bodyOf({ inputs }: Entry, start: number, end: number): { data: unknown } {
  const parts = Object.entries(inputs).map(([name, rows]) => [name, rows.slice(start, end)] as const)
  const [only, another] = parts
  return { data: only && !another ? only[1] : Object.fromEntries(parts) }
}

/** What /predict must answer to these rows. */
export function expectedPrediction({ probabilities, prediction }: Entry, start: number, end: number): unknown {
  const expected = probabilities ?? prediction ?? []
  if (Array.isArray(expected)) return expected.slice(start, end)
  return Object.fromEntries(Object.entries(expected).map(([name, rows]) => [name, rows.slice(start, end)]))
}
