import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withScratchFolder } from '../create.ts'
import { CreateError } from '../errors.ts'
import { requireOrt } from './engine.ts'
import type { BuiltServer } from './target.ts'

/** onnxruntime prints to stderr by itself; what matters is thrown. */
const FATAL_ONLY = 4

/**
 * A model in onnxruntime's own format, which loads without the optimiser and is all that its reduced builds read. Saved by
 * the server's onnxruntime at the level `basic`: beyond that, operators for this machine's processor are written into the
 * file, which a browser does not have. Throws CreateError.
 */
export function saveAsOrt(server: BuiltServer, bytes: Uint8Array): Promise<Uint8Array> {
  const { InferenceSession } = requireOrt(server)
  return withScratchFolder(async (folder) => {
    const file = join(folder, 'model.ort')
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'basic',
      optimizedModelFilePath: file,
      extra: { session: { save_model_format: 'ORT' } },
      logSeverityLevel: FATAL_ONLY,
    }).catch((cause: unknown) => {
      throw notSaved(cause)
    })
    await session.release()
    return readFileSync(file)
  })
}

function notSaved(cause: unknown): CreateError {
  return new CreateError('runtime', "The server's onnxruntime cannot save the model as .ort", {
    issues: [{ message: cause instanceof Error ? cause.message : String(cause) }],
    hint: 'Export it as it is: --format onnx.',
    cause,
  })
}
