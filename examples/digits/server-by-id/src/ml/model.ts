import type { Engine } from './engine.ts'
import { openSession, type SessionOptions } from './session.ts'

/**
 * The name of what an encoder gives and the model behind it takes, where it is asked for, or given, by itself. No model can
 * have it.
 */
export const FEATURES = '\0features'

/** A model of one file, or of two. */
export interface ModelOptions extends SessionOptions {
  readonly encoder: EncoderOptions | null
}

/** The model in front: it takes what requests bring, and what it gives is the one input of the other. */
export interface EncoderOptions {
  readonly file: string
  readonly inputs: readonly string[]
  readonly output: string
}

/** Loads it on the CPU. Throws ModelFileError. */
export async function openModel({ encoder, ...own }: ModelOptions): Promise<Engine> {
  const model = await openSession(own)
  if (encoder === null) return model
  const { file, inputs, output } = encoder
  const front = await openSession({ ...own, file, inputs, outputs: [output] })
  return joinEngines(front, model, { output, input: own.inputs[0] ?? '' })
}

/** Two in a row. With FEATURES as its input, only the second runs; with FEATURES as the one output, only the first. */
function joinEngines(front: Engine, model: Engine, names: { output: string; input: string }): Engine {
  return {
    async infer(tensors, outputs) {
      const given = tensors[FEATURES]
      if (given) return model.infer({ [names.input]: given }, outputs)
      const { [names.output]: features } = await front.infer(tensors, [names.output])
      if (features === undefined) throw new Error(`the encoder gave no "${names.output}"`)
      if (outputs.length === 1 && outputs[0] === FEATURES) return { [FEATURES]: features }
      return model.infer({ [names.input]: features }, outputs)
    },
    async close() {
      await Promise.all([front.close(), model.close()])
    },
  }
}
