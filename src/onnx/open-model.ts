import { closeSync, openSync, type Stats, statSync } from 'node:fs'
import { CreateError } from '../errors.ts'
import { FileWindow } from './file-window.ts'
import { describeForeign, describeGraphless, type ForeignFile, readHead } from './foreign-file.ts'
import { type Skimmed, skimModel } from './skim.ts'
import { WireError } from './wire.ts'

/**
 * Skims the model at `path`; `size` is the file's, in bytes. Throws CreateError: `not_found` when there is none,
 * `runtime` when it may not be read, `invalid` when it is no whole ONNX model, saying what it is instead.
 */
export function openModel(path: string): { skimmed: Skimmed; size: number } {
  const { size } = statModel(path)
  const head = readOrExplain(path, () => readHead(path))
  const foreign = describeForeign(head)
  if (foreign) throw notOnnx(path, foreign)
  try {
    return { skimmed: readOrExplain(path, () => skimFile(path, size)), size }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const graphless = describeGraphless(head)
    throw graphless ? notOnnx(path, graphless) : damaged(path, error)
  }
}

/** An ONNX model that breaks ONNX's own rules: most often one that was cut. */
export function damaged(path: string, cause: { message: string; cut: boolean }): CreateError {
  const what = cause.cut ? 'is cut: it is not the whole of an ONNX model' : 'is not an ONNX model'
  return new CreateError('invalid', `${path} ${what}.`, {
    hint: 'Download or export the model again; python -m onnx.checker says more.',
    issues: [{ file: path, message: cause.message }],
    cause,
  })
}

function skimFile(path: string, size: number): Skimmed {
  const fd = openSync(path, 'r')
  try {
    return skimModel(new FileWindow(fd, size))
  } finally {
    closeSync(fd)
  }
}

function statModel(path: string): Stats {
  const found = readOrExplain(path, () => statSync(path))
  if (found.isDirectory()) {
    throw notOnnx(path, { what: 'a folder', hint: 'Name the .onnx file in it.' })
  }
  if (!found.isFile()) throw notOnnx(path, { what: 'no regular file', hint: 'Name the .onnx file.' })
  return found
}

function notOnnx(path: string, { what, hint }: ForeignFile): CreateError {
  return new CreateError('invalid', `${path} is ${what}.`, { hint })
}

/** What the operating system says of a path that leads nowhere; the last is Node's word for a NUL in it. */
const NOWHERE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']

function readOrExplain<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && typeof cause.code === 'string')) throw cause
    if (NOWHERE.includes(cause.code)) {
      const hint = 'Name the .onnx file with --model, or as model_file_name beside vars.yaml.'
      throw new CreateError('not_found', `There is no model at ${path}.`, { hint, cause })
    }
    throw new CreateError('runtime', `${path} cannot be read: ${cause.message}.`, {
      hint: 'Look at its permissions.',
      cause,
    })
  }
}
