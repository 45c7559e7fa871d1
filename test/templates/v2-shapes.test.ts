import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { readInputs } from '../../templates/fastify-onnx/base/src/v2/inputs.ts'
import { type Input, infer, inferBody, post, startModelServer } from './v2-server.ts'

function floats(name: string, shape: readonly number[], values: readonly number[]): Input {
  return { name, shape, datatype: 'FP32', bytes: Buffer.from(Float32Array.from(values).buffer) }
}

function numbersOf(bytes: Buffer | undefined): number[] {
  return Array.from({ length: (bytes?.length ?? 0) / 4 }, (_, index) => bytes?.readFloatLE(index * 4) ?? Number.NaN)
}

const BINARY = { parameters: { binary_data_output: true } }

describe('a model that negates a matrix of any size', async () => {
  const server = await startModelServer('unnamed_dims')

  test('answers each of many requests at once with its own id, shape and values', async () => {
    const shapes = [...Array(22).fill([10, 4]), [20, 4], [10, 5], [20, 2]]
    const answers = await Promise.all(
      shapes.map(([rows, columns], request) => {
        const values = Array.from({ length: rows * columns }, (_, index) => request * 1000 + index + 1)
        return infer(server, [floats('x', [rows, columns], values)], { ...BINARY, id: `request ${request}` })
      }),
    )
    for (const [request, answer] of answers.entries()) {
      expect(answer.id).toBe(`request ${request}`)
      const [output] = answer.outputs
      const [rows, columns] = shapes[request]
      expect(output?.shape).toEqual([rows, columns])
      const values = Array.from({ length: rows * columns }, (_, index) => -(request * 1000 + index + 1))
      expect(numbersOf(output?.bytes)).toEqual(values)
    }
  })

  test('takes nested and flat data for the same', async () => {
    const input = { name: 'x', shape: [2, 2], datatype: 'FP32' }
    const flat = await infer(server, [{ ...input, data: [1, 2, 3, 4] }])
    expect(flat.outputs[0]?.data).toEqual([-1, -2, -3, -4])
    const nested = [
      [1, 2],
      [3, 4],
    ]
    expect((await infer(server, [{ ...input, data: nested }])).outputs).toEqual(flat.outputs)
  })

  test('reads a body in chunks, without a Content-Length', async () => {
    const { body, headerLength } = inferBody([floats('x', [1, 2], [1, 2])], BINARY)
    const headers = { 'inference-header-content-length': String(headerLength), 'transfer-encoding': 'chunked' }
    const answer = await post(server, body, headers, () => undefined)
    expect(numbersOf(answer.outputs[0]?.bytes)).toEqual([-1, -2])
  })

  test('cannot tell the shape of a body without JSON, where two sizes vary', async () => {
    const answer = await post(server, Buffer.alloc(16), { 'inference-header-content-length': '0' })
    expect(answer.status).toBe(400)
    expect(answer.error).toMatch(/more than one dimension varies/)
  })
})

describe('a model that takes one row, at a fixed leading 1', async () => {
  const server = await startModelServer('leading_1')
  const metadata = Object(await (await fetch(`${server.url}/v2/models/sample`)).json())
  const [{ name, shape }] = metadata.inputs
  const row = shape.slice(1).reduce((product: number, size: number) => product * size, 1)

  test('takes any number of them, says so, and answers as many', async () => {
    expect(shape[0]).toBe(-1)
    const values = Array.from({ length: 3 * row }, (_, index) => index)
    const together = await infer(server, [floats(name, [3, ...shape.slice(1)], values)], BINARY)
    const [output] = together.outputs
    expect(output?.shape[0]).toBe(3)
    const alone = await infer(server, [floats(name, [1, ...shape.slice(1)], values.slice(row, 2 * row))], BINARY)
    const size = (output?.bytes?.length ?? 0) / 3
    expect(output?.bytes?.subarray(size, 2 * size)).toEqual(alone.outputs[0]?.bytes)
  })

  test('tells from the length of a body without JSON how many rows it has', async () => {
    const body = Buffer.from(Float32Array.from({ length: 2 * row }, (_, index) => index).buffer)
    const header = { 'inference-header-content-length': '0' }
    const answer = await post(server, body, header)
    expect(answer.outputs[0]?.shape[0]).toBe(2)
    expect((await post(server, body.subarray(1), header)).error).toMatch(/no whole number of rows/)
  })

  test('refuses no rows', async () => {
    const answer = await infer(server, [floats(name, [0, ...shape.slice(1)], [])], BINARY)
    expect(answer).toMatchObject({ status: 400, error: expect.stringContaining('at least one row') })
  })
})

describe('a model of two inputs', async () => {
  const server = await startModelServer('two_inputs')
  const { inputs } = Object(await (await fetch(`${server.url}/v2/models/sample`)).json())
  const rowsOf = (counts: readonly number[]) =>
    inputs.map(({ name, shape, datatype }: Input, index: number) => {
      const sizes = [counts[index] ?? 0, ...shape.slice(1)]
      return { name, datatype, shape: sizes, data: Array(sizes.reduce((product, size) => product * size, 1)).fill(1) }
    })

  test('refuses rows that are not equally many', async () => {
    const answer = await infer(server, rowsOf([2, 3]))
    expect(answer.status).toBe(400)
    expect(answer.error).toMatch(/2|3/)
    expect((await infer(server, rowsOf([2, 2]))).status).toBe(200)
  })

  test('answers what it was asked before it was told to stop', async () => {
    const exited = once(server.process, 'exit')
    const { body } = inferBody(rowsOf([1, 1]))
    const headers = { 'content-length': String(body.length), connection: 'close' }
    const answer = await post(server, body, headers, async () => {
      // Answered on another connection: the first half of the request has arrived.
      await fetch(`${server.url}/v2/health/live`)
      server.process.kill('SIGTERM')
      const readyStatus = () =>
        fetch(`${server.url}/v2/health/ready`).then(
          ({ status }) => status,
          () => 503,
        )
      while ((await readyStatus()) === 200);
    })
    expect(answer.status).toBe(200)
    expect(await exited).toEqual([0, null])
  })
})

test('rows are counted across inputs whose sizes have different names', () => {
  const specs = ['a', 'b'].map((name) => ({ name, dtype: 'int8' as const, shape: [`rows of ${name}`] }))
  const inputs = specs.map(({ name }, index) => ({
    name,
    datatype: 'INT8',
    shape: [index + 1],
    data: Array(index + 1).fill(0),
  }))
  expect(() => readInputs(inputs, Buffer.alloc(0), { specs, rows: true })).toThrow('the same number of rows')
  expect(readInputs(inputs, Buffer.alloc(0), { specs, rows: false }).b?.shape).toEqual([2])
})
