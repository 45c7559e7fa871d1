import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const MODELS = join(ROOT, 'test/fixtures/models')
export const IRIS = join(ROOT, 'examples/iris')
export const BIN = join(ROOT, 'bin/create-inference-server.js')
