import { closeSync, openSync, readSync } from 'node:fs'

/** How many bytes from a file's beginning `describeForeign` wants. */
const HEAD_BYTES = 1024

/** What a file is when it is no ONNX model, as the end of "... is", and what to do. */
export interface ForeignFile {
  readonly what: string
  readonly hint: string
}

const EXPORT = 'Export it to ONNX first'
const PYTORCH = `${EXPORT}: torch.onnx.export(model, example, "model.onnx").`
const KERAS = `${EXPORT}: model.export("model.onnx", format="onnx") in Keras 3, or python -m tf2onnx.convert.`
const SKLEARN = `${EXPORT}: to_onnx(model, x[:1]) of skl2onnx for scikit-learn, torch.onnx.export for PyTorch.`
const AGAIN = 'Download or export the model again.'

/**
 * By the bytes at the beginning, the most telling first. With `at` they stand behind a little-endian length or offset,
 * which ends in zeros; in a model the name of an input may stand there, behind tags that are not zero.
 */
const SIGNATURES: readonly ({ at?: number; bytes: string } & ForeignFile)[] = [
  {
    bytes: 'version https://git-lfs',
    what: 'a Git LFS pointer, not the model itself',
    hint: 'Run `git lfs pull` in its repository.',
  },
  { bytes: 'PK\x03\x04', what: 'a zip archive, such as a PyTorch checkpoint (.pt) or a .keras file', hint: PYTORCH },
  { bytes: '\x89HDF\r\n\x1a\n', what: 'an HDF5 file, such as a Keras model (.h5)', hint: KERAS },
  { bytes: 'GGUF', what: 'a GGUF file (llama.cpp)', hint: 'This generator serves ONNX models only.' },
  { bytes: '\x1f\x8b', what: 'a gzip archive', hint: 'Unpack it first: gunzip.' },
  { at: 4, bytes: 'TFL3', what: 'a TensorFlow Lite model', hint: `${EXPORT}: python -m tf2onnx.convert --tflite.` },
  {
    at: 4,
    bytes: 'ORTM',
    what: 'a model in ONNX Runtime format (.ort)',
    hint: 'Use the .onnx file that it was made from.',
  },
  { at: 8, bytes: '{"', what: 'a safetensors file: weights without a graph', hint: PYTORCH },
]

/** The first KiB of a file. Throws what node:fs throws. */
export function readHead(path: string): Uint8Array {
  const fd = openSync(path, 'r')
  try {
    const buffer = new Uint8Array(HEAD_BYTES)
    return buffer.subarray(0, readSync(fd, buffer, 0, HEAD_BYTES, 0))
  } finally {
    closeSync(fd)
  }
}

/** Says what a file is by its first KiB; null when it may be an ONNX model. */
export function describeForeign(head: Uint8Array): ForeignFile | null {
  if (head.length === 0) return { what: 'an empty file', hint: AGAIN }
  const text = Buffer.from(head).toString('latin1')
  const signature = SIGNATURES.find(
    ({ at = 0, bytes }) => text.startsWith(bytes, at) && (at === 0 || text.startsWith('\0\0', at - 2)),
  )
  if (signature) return signature
  if (/^\s*(<!doctype html|<html|<\?xml)/i.test(text)) {
    return { what: 'a web page', hint: `The download answered a page instead of the model. ${AGAIN}` }
  }
  if (isPickle(head)) return { what: 'a Python pickle', hint: SKLEARN }
  if (isText(head)) return { what: 'a text file', hint: 'Name the .onnx file.' }
  return null
}

/** A TensorFlow SavedModel is a protobuf message too: schema version 1, then MetaGraphDefs where ONNX has its producer. */
export function describeGraphless(head: Uint8Array): ForeignFile | null {
  const isSavedModel = head[0] === 0x08 && head[1] === 0x01 && head[2] === 0x12 && head.length > 64
  return isSavedModel
    ? {
        what: 'a TensorFlow SavedModel',
        hint: `${EXPORT}: python -m tf2onnx.convert --saved-model DIR --output model.onnx.`,
      }
    : null
}

/** The opcode PROTO with a protocol that Python 3 writes. Source: PEP 574 */
function isPickle([first, version = 0]: Uint8Array): boolean {
  return first === 0x80 && version >= 2 && version <= 5
}

/** UTF-8 without control characters; a model begins with one (0x08, the tag of ir_version) in nearly every case. */
function isText(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head.subarray(0, HEAD_BYTES - 4))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells text from data
  return !/[\x00-\x08\x0e-\x1f\ufffd]/.test(text)
}
