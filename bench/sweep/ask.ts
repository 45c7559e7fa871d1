import type { FastifyInstance } from 'fastify'
import type { Contract, Json, Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { fitsJson, toNested } from './tensor-file.ts'

export interface Question {
  readonly app: FastifyInstance
  readonly url: string
  readonly contract: Contract
  readonly inputs: Readonly<Record<string, Tensor>>
}

export interface Answer {
  readonly prediction: Json
  /** All outputs by name, from the data plane itself: JSON cannot carry these inputs. */
  readonly byTensors: boolean
}

/** Asks POST /predict as the contract says; what JSON cannot carry must be refused there, and is asked of the data plane. */
export async function askServer({ app, url, contract, inputs }: Question): Promise<Answer> {
  const { status, text } = await post(`${url}/predict`, { data: toData(inputs, contract) })
  if (Object.values(inputs).every(fitsJson)) {
    if (status !== 200) throw new Error(`/predict answered ${status}: ${text}`)
    return { prediction: JSON.parse(text).prediction, byTensors: false }
  }
  if (status !== 422) throw new Error(`/predict answered ${status} to NaN or Infinity as JSON: ${text}`)
  const names = contract.outputs.map((output) => output.name)
  const outputs = await app.predictor.infer(inputs, names)
  const prediction = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toNested(tensor)]))
  return { prediction, byTensors: true }
}

function toData(inputs: Readonly<Record<string, Tensor>>, contract: Contract): Json {
  const nested = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toNested(tensor)]))
  const [only] = contract.inputs
  return only && contract.inputs.length === 1 ? (nested[only.name] ?? null) : nested
}

async function post(url: string, body: Json): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text() }
}
