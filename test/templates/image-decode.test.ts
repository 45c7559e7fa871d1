import { gzipSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { HEIGHT, nested, PIXELS, picture, WIDTH } from './image-files.ts'
import { postFile, postJson, startPixelServer } from './image-server.ts'

const server = await startPixelServer()
const exact = nested(PIXELS)

describe('a file in a lossless format gives its pixels', () => {
  const gray = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, index) => index * 9)
  const grayPicture = () => sharp(gray, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace('b-w')
  const graySpread = Uint8Array.from({ length: PIXELS.length }, (_, index) => gray[Math.floor(index / 3)] ?? 0)
  const deep = Uint16Array.from(PIXELS, (byte) => byte * 256 + 200)
  const withAlpha = Uint8Array.from({ length: (PIXELS.length / 3) * 4 }, (_, index) =>
    index % 4 === 3 ? (index * 5) % 256 : (PIXELS[Math.floor(index / 4) * 3 + (index % 4)] ?? 0),
  )
  const alphaPicture = () => sharp(withAlpha, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })

  const cases: readonly (readonly [name: string, type: string, file: Sharp, pixels: ArrayLike<number>])[] = [
    ['a PNG', 'image/png', picture().png(), PIXELS],
    ['an interlaced PNG', 'image/png', picture().png({ progressive: true }), PIXELS],
    ['a PNG with a palette', 'image/png', picture().png({ palette: true, quality: 100, dither: 0 }), PIXELS],
    ['a gray PNG', 'image/png', grayPicture().png(), graySpread],
    ['a PNG with transparency, which is dropped', 'image/png', alphaPicture().png(), PIXELS],
    [
      'a PNG of 16 bits, whose lower 8 are dropped',
      'image/png',
      sharp(deep, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .toColourspace('rgb16')
        .png(),
      PIXELS,
    ],
    ['a PNG with a colour profile, which is ignored', 'image/png', picture().png().keepIccProfile(), PIXELS],
    ['a lossless WebP', 'image/webp', picture().webp({ lossless: true }), PIXELS],
    ['a lossless WebP with transparency', 'image/webp', alphaPicture().webp({ lossless: true, exact: true }), PIXELS],
  ]
  test.each(cases)('%s', async (_name, type, file, pixels) => {
    const { status, body } = await postFile(server, await file.toBuffer(), type)
    expect(body).toEqual({ prediction: [nested(pixels)] })
    expect(status).toBe(200)
  })

  test('a colour profile changes nothing', async () => {
    const p3 = await picture().png().withIccProfile('p3').toBuffer()
    const raw = await sharp(p3, { ignoreIcc: true }).raw().toBuffer()
    expect((await postFile(server, p3)).body).toEqual({ prediction: [nested(raw)] })
    expect(nested(raw)).not.toEqual(nested(await sharp(p3).toColourspace('srgb').raw().toBuffer()))
  })

  test('an animated WebP: its first frame', async () => {
    const other = PIXELS.map((byte) => 255 - byte)
    const frames = Buffer.concat([PIXELS, other])
    const animated = sharp(frames, { raw: { width: WIDTH, height: HEIGHT * 2, channels: 3, pageHeight: HEIGHT } })
    const file = await animated.webp({ lossless: true }).toBuffer()
    expect((await sharp(file).metadata()).pages).toBe(2)
    expect((await postFile(server, file, 'image/webp')).body).toEqual({ prediction: [exact] })
  })
})

describe('a JPEG', () => {
  /** Each pixel as a block of 16 x 16, so that JPEG loses next to nothing. */
  const blocks = (image: Sharp, width: number, height: number) =>
    image.resize(width * 16, height * 16, { kernel: 'nearest' })
  const gentle = { quality: 100, chromaSubsampling: '4:4:4' }

  async function expectClose(file: Buffer): Promise<void> {
    const { status, body } = await postFile(server, file, 'image/jpeg')
    expect(status, JSON.stringify(body)).toBe(200)
    const actual = Object(body).prediction.flat(3)
    const far = actual.filter((value: number, index: number) => Math.abs(value - (PIXELS[index] ?? -1)) > 3)
    expect(far).toEqual([])
  }

  test.each([
    ['baseline', gentle],
    ['progressive', { ...gentle, progressive: true }],
  ])('%s', async (_name, options) => {
    await expectClose(await blocks(picture(), WIDTH, HEIGHT).jpeg(options).toBuffer())
  })

  /** Where the upright pixel (x, y) of 6 x 4 is stored; from 5 on, the stored picture is 4 x 6. */
  const stored: readonly ((x: number, y: number) => readonly [number, number])[] = [
    (x, y) => [x, y],
    (x, y) => [WIDTH - 1 - x, y],
    (x, y) => [WIDTH - 1 - x, HEIGHT - 1 - y],
    (x, y) => [x, HEIGHT - 1 - y],
    (x, y) => [y, x],
    (x, y) => [y, WIDTH - 1 - x],
    (x, y) => [HEIGHT - 1 - y, WIDTH - 1 - x],
    (x, y) => [HEIGHT - 1 - y, x],
  ]
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('of EXIF orientation %i is upright', async (orientation) => {
    const [width, height] = orientation > 4 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]
    const turned = new Uint8Array(PIXELS.length)
    for (let y = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1) {
        const [column, row] = stored[orientation - 1]?.(x, y) ?? [0, 0]
        turned.set(PIXELS.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3), (row * width + column) * 3)
      }
    }
    const image = blocks(sharp(turned, { raw: { width, height, channels: 3 } }), width, height)
    await expectClose(await image.jpeg(gentle).withMetadata({ orientation }).toBuffer())
  })

  test('of CMYK and of gray is answered', async () => {
    const cmyk = await blocks(picture(), WIDTH, HEIGHT).toColourspace('cmyk').jpeg().toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    expect((await postFile(server, cmyk, 'image/jpeg')).status).toBe(200)
    const gray = await picture().grayscale().jpeg().toBuffer()
    const { body } = await postFile(server, gray, 'image/jpeg')
    const pixels: number[][] = Object(body).prediction.flat(2)
    expect(pixels.every(([red, green, blue]) => red === green && green === blue)).toBe(true)
  })
})

describe('the ways in', () => {
  test('base64 in JSON; a list is answered by a list; gzip; parameters of the type', async () => {
    const png = await picture().png().toBuffer()
    const webp = await picture().webp({ lossless: true }).toBuffer()
    const [first, second] = [png, webp].map((file) => ({ b64: file.toString('base64') }))
    expect((await postJson(server, { data: first })).body).toEqual({ prediction: [exact] })
    expect((await postJson(server, { data: [first] })).body).toEqual({ prediction: [exact] })
    expect((await postJson(server, { data: [first, second] })).body).toEqual({ prediction: [exact, exact] })
    expect((await postFile(server, gzipSync(png), 'image/png', { 'content-encoding': 'gzip' })).status).toBe(200)
    expect((await postFile(server, png, 'image/png; charset=binary')).status).toBe(200)
  })

  test("nested numbers are the model's own input: preprocess is skipped", async () => {
    expect((await postJson(server, { data: [exact, exact] })).body).toEqual({ prediction: [exact, exact] })
    const { status, body } = await postJson(server, { data: [[[1, 2]]] })
    expect(status, JSON.stringify(body)).toBe(422)
  })

  test('/metadata has the sample as base64, which /predict takes, and /predict/test answers it', async () => {
    const metadata = JSON.parse(await (await fetch(`${server.url}/metadata`)).text())
    expect(Object.keys(metadata.data_sample)).toEqual(['b64'])
    expect(metadata.preprocess).toMatchObject({ kind: 'image', size: [4, 6], layout: 'nhwc', mean: null })
    const answer = await postJson(server, { data: metadata.data_sample })
    expect(JSON.parse(await (await fetch(`${server.url}/predict/test`)).text())).toEqual(answer.body)
  })

  test('OpenAPI lists the content types', async () => {
    const { paths } = JSON.parse(await (await fetch(`${server.url}/docs/json`)).text())
    const { content } = paths['/predict'].post.requestBody
    expect(Object.keys(content)).toEqual(['application/json', 'image/png', 'image/jpeg', 'image/webp'])
    expect(content['image/png']).toEqual({ schema: { contentMediaType: 'image/png' } })
    expect(content['application/json'].schema.properties.data.anyOf).toHaveLength(3)
  })
})
