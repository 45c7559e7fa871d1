import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { makePng, picture } from './image-files.ts'
import { type Answer, postFile, postJson, startPixelServer } from './image-server.ts'

const server = await startPixelServer()
const large = () =>
  sharp({
    create: {
      width: 300,
      height: 200,
      channels: 3,
      background: '#369',
      noise: { type: 'gaussian', mean: 99, sigma: 40 },
    },
  })
const png = await large().png().toBuffer()
const jpeg = await large().jpeg().toBuffer()
const webp = await large().webp().toBuffer()
const small = { b64: (await picture().png().toBuffer()).toString('base64') }

afterAll(async () => {
  // None of it was the server's fault, and it lives.
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
  expect(server.output()).not.toMatch(/request failed/)
})

function expectProblem({ status, type, body }: Answer, expected: number, detail: RegExp): void {
  expect([status, type], JSON.stringify(body)).toEqual([expected, 'application/problem+json'])
  expect(JSON.stringify(body)).toMatch(detail)
}

/** The dimensions that a JPEG declares in its frame header (SOF0), replaced. */
function withJpegSize(file: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(file)
  const frame = copy.indexOf(Buffer.from([0xff, 0xc0]))
  copy.writeUInt16BE(height, frame + 5)
  copy.writeUInt16BE(width, frame + 7)
  return copy
}

const half = (file: Buffer) => file.subarray(0, file.length >> 1)
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

describe('a file that cannot be used is the fault of its sender', () => {
  test.each<readonly [string, Uint8Array, string, number, RegExp]>([
    ['nothing', Buffer.alloc(0), 'image/png', 400, /The body is empty/],
    ['a text that says it is a PNG', Buffer.from('hello'), 'image/png', 422, /not a PNG, JPEG or WebP/],
    ['a JPEG that says it is a PNG', jpeg, 'image/png', 422, /sent as image\/png, but it is a JPEG/],
    ['a GIF that says it is a PNG', gif, 'image/png', 422, /not a PNG, JPEG or WebP/],
    ['an SVG that says it is a WebP', svg, 'image/webp', 422, /not a PNG, JPEG or WebP/],
    ['a GIF', gif, 'image/gif', 415, /application\/json, image\/png, image\/jpeg or image\/webp, not with image\/gif/],
    ['bytes of no type', png, 'application/octet-stream', 415, /image\/webp/],
    ['half of a PNG', half(png), 'image/png', 422, /cannot be decoded/],
    ['half of a JPEG', half(jpeg), 'image/jpeg', 422, /cannot be decoded/],
    ['half of a WebP', half(webp), 'image/webp', 422, /cannot be decoded/],
    ['the first bytes of a PNG', png.subarray(0, 8), 'image/png', 422, /cannot be decoded/],
    ['the first bytes of a JPEG', jpeg.subarray(0, 4), 'image/jpeg', 422, /cannot be decoded/],
    ['the first bytes of a WebP', webp.subarray(0, 12), 'image/webp', 422, /cannot be decoded/],
    ['a PNG without pixels', makePng(0, 0), 'image/png', 422, /cannot be decoded/],
    ['a PNG that declares more pixels than it has', makePng(100, 100), 'image/png', 422, /cannot be decoded/],
    ['a PNG that declares 50,000 x 50,000', makePng(50_000, 50_000), 'image/png', 413, /50000 x 50000.*IMAGE_MAX_SIDE/],
    [
      'a PNG that declares 2^31 - 1 pixels a side',
      makePng(2 ** 31 - 1, 2 ** 31 - 1),
      'image/png',
      422,
      /cannot be decoded/,
    ],
    ['a PNG of 10,000 x 10,000', makePng(10_000, 10_000), 'image/png', 413, /100000000 pixels.*IMAGE_MAX_PIXELS/],
    ['a JPEG that declares 65,000 x 65,000', withJpegSize(jpeg, 65_000, 65_000), 'image/jpeg', 413, /IMAGE_MAX_SIDE/],
    ['a JPEG that declares 16,000 x 16,000', withJpegSize(jpeg, 16_000, 16_000), 'image/jpeg', 413, /IMAGE_MAX_PIXELS/],
  ])('%s', async (_name, file, type, status, detail) => {
    expectProblem(await postFile(server, file, type), status, detail)
  })
})

describe('JSON that carries no image is refused with its place', () => {
  const many = (count: number, item: object) => Array.from({ length: count }, () => item)
  const wide = { b64: makePng(4_000, 4_000).toString('base64') }
  test.each<readonly [string, unknown, number, RegExp]>([
    ['not base64', { b64: 'hello' }, 422, /"pointer":"\/data\/b64".*not base64/],
    ['base64 with line breaks', { b64: `${small.b64.slice(0, 8)}\n${small.b64.slice(8)}` }, 422, /not base64/],
    ['a data URL', { b64: `data:image/png;base64,${small.b64}` }, 422, /without the \\"data:/],
    ['base64 of no image', { b64: 'aGVsbG8=' }, 422, /"pointer":"\/data\/b64".*not a PNG/],
    ['a number', { b64: 7 }, 422, /\/data\/b64/],
    ['another key beside it', { ...small, type: 'image/png' }, 422, /schema/],
    ['the name of a file', 'sample.png', 422, /schema/],
    ['a list with something else in it', [small, [[1]]], 422, /schema/],
    ['a list whose second image is broken', [small, { b64: 'aGVsbG8=' }], 422, /"\/data\/1\/b64".*not a PNG/],
    ['an empty list', [], 422, /schema/],
    ['too many images', many(65, small), 413, /65 images.*IMAGE_MAX_COUNT/],
    ['images that are too large together', many(2, wide), 413, /32000000 pixels.*IMAGE_MAX_PIXELS/],
  ])('%s', async (_name, data, status, detail) => {
    expectProblem(await postJson(server, { data }), status, detail)
  })
})

test('a file that was damaged anywhere is answered, and never by a failure of the server', async () => {
  const files = [
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
  ] as const
  const damage = fc.record({
    file: fc.constantFrom(...files),
    end: fc.double({ min: 0.02, max: 1, noNaN: true }),
    hits: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) }), { maxLength: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ file: [type, whole], end, hits }) => {
      const broken = Buffer.from(whole.subarray(0, Math.ceil(whole.length * end)))
      for (const { at, byte } of hits) broken[Math.floor(at * (broken.length - 1))] = byte
      expect([200, 413, 422]).toContain((await postFile(server, broken, type)).status)
    }),
    { numRuns: 150 },
  )
})
