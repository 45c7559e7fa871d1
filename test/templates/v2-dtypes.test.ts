import { expect, test } from 'vitest'
import { type Input, infer, startModelServer } from './v2-server.ts'

const server = await startModelServer('all_dtypes')

interface Case {
  readonly name: string
  readonly datatype: string
  /** One row of two elements, little-endian. */
  readonly hex: string
  /** What they are as JSON; undefined: refused. */
  readonly json: readonly unknown[] | undefined
}

/** The edges of each type, and what JSON can carry of them. */
const CASES: readonly Case[] = [
  { name: 'float32', datatype: 'FP32', hex: 'cdcccc3d ffff7f7f', json: [0.10000000149011612, 3.4028234663852886e38] },
  { name: 'float64', datatype: 'FP64', hex: '0100000000000000 9a9999999999b93f', json: [5e-324, 0.1] },
  { name: 'float16', datatype: 'FP16', hex: 'ff7b 0100', json: undefined },
  { name: 'int8', datatype: 'INT8', hex: '80 7f', json: [-128, 127] },
  { name: 'int16', datatype: 'INT16', hex: '0080 ff7f', json: [-32768, 32767] },
  { name: 'int32', datatype: 'INT32', hex: '00000080 ffffff7f', json: [-(2 ** 31), 2 ** 31 - 1] },
  {
    name: 'int64',
    datatype: 'INT64',
    hex: '0000000000000080 ffffffffffff1f00',
    json: ['-9223372036854775808', Number.MAX_SAFE_INTEGER],
  },
  { name: 'uint8', datatype: 'UINT8', hex: '00 ff', json: [0, 255] },
  { name: 'uint16', datatype: 'UINT16', hex: '0000 ffff', json: [0, 65535] },
  { name: 'uint32', datatype: 'UINT32', hex: '00000000 ffffffff', json: [0, 2 ** 32 - 1] },
  {
    name: 'uint64',
    datatype: 'UINT64',
    hex: 'ffffffffffffffff 0000000000002000',
    json: ['18446744073709551615', '9007199254740992'],
  },
  { name: 'bool', datatype: 'BOOL', hex: '00 01', json: [false, true] },
  { name: 'string', datatype: 'BYTES', hex: '00000000 06000000c3bcf09f9880', json: ['', 'ü😀'] },
]

/** What JSON has no number for. */
const SPECIAL: Readonly<Record<string, string>> = {
  float32: '0100c07f 00000080', // NaN with a payload, minus zero
  float64: '000000000000f0ff 010000000000f87f', // minus infinity, NaN with a payload
  float16: '007c 0080', // infinity, minus zero
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

/** All inputs, as every request needs them; some as JSON, the others as bytes. */
function inputsOf(asJson: (name: string) => boolean, special: Readonly<Record<string, string>> = {}): Input[] {
  return CASES.map(({ name, datatype, hex, json }) => {
    const head = { name, datatype, shape: [1, 2] }
    return json && asJson(name) ? { ...head, data: json } : { ...head, bytes: bytesOf(special[name] ?? hex) }
  })
}

const BINARY = { parameters: { binary_data_output: true } }

async function bitsOf(inputs: readonly Input[], spaces = 0): Promise<Record<string, string | undefined>> {
  const { status, error, outputs } = await infer(server, inputs, { ...BINARY, spaces })
  expect(status, error).toBe(200)
  return Object.fromEntries(outputs.map(({ name, bytes }) => [name, bytes?.toString('hex')]))
}

const expected = Object.fromEntries(CASES.map(({ name, hex }) => [`${name}_out`, hex.replaceAll(' ', '')]))

test('the bits of every dtype go through as binary, wherever in the body they lie', async () => {
  for (let spaces = 0; spaces < 8; spaces += 1)
    expect(
      await bitsOf(
        inputsOf(() => false),
        spaces,
      ),
    ).toEqual(expected)
})

test('JSON makes the same bits of them', async () => {
  expect(await bitsOf(inputsOf(() => true))).toEqual(expected)
})

test('JSON and binary go together in one request', async () => {
  expect(await bitsOf(inputsOf((name) => name.startsWith('int')))).toEqual(expected)
})

test('the answer as JSON has the same values, and the request can ask for each as it likes', async () => {
  const outputs = CASES.map(({ name, json }) => ({
    name: `${name}_out`,
    parameters: { binary_data: json === undefined },
  }))
  const answer = await infer(
    server,
    inputsOf(() => false),
    { outputs },
  )
  const values = CASES.map(({ name, json }) => [`${name}_out`, json])
  expect(answer.outputs.map(({ name, data }) => [name, data])).toEqual(values)
  expect(answer.outputs.find(({ datatype }) => datatype === 'FP16')?.bytes?.toString('hex')).toBe(expected.float16_out)
})

test('NaN, infinities and minus zero keep their bits as binary', async () => {
  const bits = await bitsOf(inputsOf(() => false, SPECIAL))
  for (const [name, hex] of Object.entries(SPECIAL)) expect(bits[`${name}_out`]).toBe(hex.replaceAll(' ', ''))
})

test('NaN and infinities are strings in an answer as JSON', async () => {
  const outputs = [{ name: 'float32_out' }, { name: 'float64_out' }]
  const answer = await infer(
    server,
    inputsOf(() => false, SPECIAL),
    { outputs },
  )
  expect(answer.outputs.map(({ data }) => data)).toEqual([
    ['NaN', 0],
    ['-Infinity', 'NaN'],
  ])
})

test('FP16 is refused as JSON, in and out', async () => {
  const inputs = inputsOf(() => false)
  const half = { name: 'float16', datatype: 'FP16', shape: [1, 2], data: [1, 2] }
  const asked = await infer(
    server,
    inputs.map((input) => (input.name === 'float16' ? half : input)),
    BINARY,
  )
  expect([asked.status, asked.error]).toEqual([
    400,
    '/inputs/2/data: FP16 is not sent as JSON: send "float16" as binary data',
  ])
  const answered = await infer(server, inputs, { outputs: [{ name: 'float16_out' }] })
  expect(answered.error).toBe('/outputs/0: FP16 is not sent as JSON: ask for "float16_out" as binary data')
})

test.each([
  ['int64', 'INT64', { data: [2 ** 53, 0] }, /send a string of its decimals/],
  ['float32', 'FP32', { data: ['NaN', 0] }, /\/inputs\/0\/data\/0: expected a number/],
  ['float32', 'FP32', { data: [[1], [2]] }, /expected 1 elements/],
  ['float32', 'FP32', { data: [1, 2, 3] }, /\[1, 2\] is 2 elements, got 3/],
  ['float32', 'FP32', { data: [1, [2]] }, /\/inputs\/0\/data\/1: .*array/],
  ['float32', 'FP32', { data: 1 }, /expected an array/],
  ['uint8', 'UINT8', { data: [256, 0] }, /out of the range/],
  ['bool', 'BOOL', { data: [1, 0] }, /true or false/],
  ['bool', 'BOOL', { bytes: Buffer.from('0002', 'hex') }, /0 or 1, got 2 as element 1/],
  ['float32', 'FP32', { bytes: Buffer.alloc(7) }, /are 8 bytes, got 7/],
  ['string', 'BYTES', { data: ['a\0b', ''] }, /U\+0000/],
  ['string', 'BYTES', { data: ['\ud800', ''] }, /surrogate/],
  ['string', 'BYTES', { bytes: Buffer.from('03000000610062 00000000'.replaceAll(' ', ''), 'hex') }, /U\+0000/],
  ['string', 'BYTES', { bytes: Buffer.from('01000000ff00000000', 'hex') }, /string 0 is not valid UTF-8/],
  ['string', 'BYTES', { bytes: Buffer.from('0000000002000000aa', 'hex') }, /end within string 1/],
  ['string', 'BYTES', { bytes: Buffer.from('ffffffff00000000', 'hex') }, /end within string 0/],
  ['string', 'BYTES', { bytes: Buffer.from('0000000000000000aa', 'hex') }, /1 bytes too many/],
  ['string', 'BYTES', { bytes: Buffer.from('00000000', 'hex') }, /2 strings need more/],
])('%s: %s of %o is refused', async (name, datatype, content, error) => {
  const others = inputsOf(() => false).filter((input) => input.name !== name)
  const answer = await infer(server, [{ name, datatype, shape: [1, 2], ...content }, ...others], BINARY)
  expect(answer.status).toBe(400)
  expect(answer.error).toMatch(error)
})
