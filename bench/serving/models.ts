import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const MODELS = join(import.meta.dirname, '../models')
const SCRIPT = join(MODELS, 'make_models.py')
const CACHE = join(MODELS, '.cache')

/** Paths of the models that make_models.py makes; it runs when they are not there, or older than itself. */
export async function makeModels(): Promise<{ mobilenet: string; slow: string; medium: string }> {
  const models = {
    mobilenet: join(CACHE, 'mobilenet.onnx'),
    slow: join(CACHE, 'slow.onnx'),
    medium: join(CACHE, 'medium.onnx'),
  }
  const { mtimeMs: wanted } = await stat(SCRIPT)
  const times = await Promise.all(
    Object.values(models).map((file) =>
      stat(file).then(
        (found) => found.mtimeMs,
        () => 0,
      ),
    ),
  )
  if (Math.min(...times) < wanted) await execa('python3', [SCRIPT, CACHE])
  return models
}
