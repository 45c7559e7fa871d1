import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateError } from '../errors.ts'
import { readModel } from '../onnx/read-model.ts'
import type { BuiltServer, EdgeModel } from './target.ts'

/** The server's own model, as it is. Throws CreateError when it is not the one that the server was generated for. */
export async function readOwnModel(server: BuiltServer): Promise<EdgeModel> {
  const { file, sha256 } = server.config.model
  const path = join(server.root, 'models', file)
  const facts = await readModel(path)
  const bytes = readFileSync(path)
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== sha256) {
    throw new CreateError('invalid', `models/${file} is not the model that this server was generated for`, {
      issues: [{ file: `models/${file}`, message: `its SHA-256 is ${actual}, not ${sha256}` }],
      hint: 'Run create-inference-server in the server: it reads the model and makes contract.ts anew. Then build.',
    })
  }
  return { file, bytes, sha256, precision: 'fp32', format: 'onnx', facts }
}
