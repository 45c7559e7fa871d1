import { access } from 'node:fs/promises'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { isDtype } from '../transforms/elements.ts'
import type { Tensor } from '../transforms/types.ts'
import type { Engine } from './engine.ts'
import { explainFailedRun, ModelError, ModelFileError } from './errors.ts'

// The only file that imports onnxruntime.

// Where Node has a Float16Array (24 and later), onnxruntime-node 1.30 wants one for float16 and then fails on it.
// Without it, float16 are Uint16Array bits everywhere, as in DataOf. This must run before the first tensor is made.
Reflect.deleteProperty(globalThis, 'Float16Array')

/** onnxruntime prints to stderr by itself; what matters is thrown and logged by us. */
const FATAL_ONLY = 4

export interface SessionOptions {
  readonly file: string
  readonly intraOpThreads: number
  /** The names that the contract relies on. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** Loads a model on the CPU. Throws ModelFileError when it is missing, corrupt, or has other inputs and outputs. */
export async function openSession(options: SessionOptions): Promise<Engine> {
  const session = await loadModel(options)
  refuseOtherModel(session, options)
  return {
    async infer(tensors, outputs) {
      const feeds = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(name, tensor)]))
      // Named outputs only: fetching one that is no tensor (a sequence, a map) would throw.
      const results = await session.run(feeds, [...outputs]).catch((error: unknown) => {
        throw explainFailedRun(error)
      })
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(name, results[name])]))
    },
    close: () => session.release(),
  }
}

async function loadModel({ file, intraOpThreads }: SessionOptions): Promise<InferenceSession> {
  await access(file).catch((cause: unknown) => {
    throw new ModelFileError(`cannot read the model ${file}: is it there? MODEL_PATH names another place`, { cause })
  })
  try {
    return await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      intraOpNumThreads: intraOpThreads,
      interOpNumThreads: 1,
      logSeverityLevel: FATAL_ONLY,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ModelFileError(`cannot load the model ${file}: ${reason}${localeHint(reason)}`, { cause })
  }
}

/** StringNormalizer needs a locale that slim systems do not have. */
function localeHint(reason: string): string {
  return reason.includes('locale')
    ? '. On Debian: apt-get install locales, then localedef -i en_US -f UTF-8 en_US.UTF-8'
    : ''
}

function refuseOtherModel(session: InferenceSession, { file, inputs, outputs }: SessionOptions): void {
  const servable = session.outputMetadata.filter((output) => output.isTensor).map((output) => output.name)
  const missing = [
    ...inputs.filter((name) => !session.inputNames.includes(name)).map((name) => `input "${name}"`),
    ...outputs.filter((name) => !servable.includes(name)).map((name) => `output "${name}"`),
  ]
  if (missing.length > 0) {
    throw new ModelFileError(`the model ${file} is not the one in src/contract.ts: it has no ${missing.join(', no ')}`)
  }
}

function toOrt(name: string, { dtype, data, shape }: Tensor): OrtTensor {
  try {
    return new OrtTensor(dtype, data, shape)
  } catch (cause) {
    throw new ModelError(`"${name}" is no valid ${dtype} tensor of shape [${shape.join(', ')}]`, { cause })
  }
}

function fromOrt(name: string, output: OrtTensor | undefined): Tensor {
  if (output === undefined) throw new ModelError(`the model gave no output "${name}"`)
  const { type: dtype, dims: shape, data } = output
  if (!isDtype(dtype)) throw new ModelError(`the model's output "${name}" is ${dtype}, which is not served`)
  return { dtype, shape, data }
}
