import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Payload } from './wrk.ts'

/** A request of V2 with one float32 tensor of random numbers as JSON, in a file of the folder. */
export async function jsonTensor(folder: string, name: string, shape: readonly number[]): Promise<Payload> {
  const inputs = [{ name, shape, datatype: 'FP32', data: [...randomNumbers(shape)] }]
  return write(folder, 'tensor.json', Buffer.from(JSON.stringify({ inputs })), { type: 'application/json' })
}

/** The same as binary, in and out. */
export async function binaryTensor(folder: string, name: string, shape: readonly number[]): Promise<Payload> {
  const values = randomNumbers(shape)
  const inputs = [{ name, shape, datatype: 'FP32', parameters: { binary_data_size: values.byteLength } }]
  const head = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  return write(folder, 'tensor.bin', Buffer.concat([head, Buffer.from(values.buffer)]), {
    type: 'application/octet-stream',
    headers: { 'Inference-Header-Content-Length': String(head.length) },
  })
}

async function write(folder: string, name: string, bytes: Buffer, sent: Omit<Payload, 'file'>): Promise<Payload> {
  const file = join(folder, name)
  await writeFile(file, bytes)
  return { file, ...sent }
}

function randomNumbers(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => Math.random())
}
