// AssemblyScript: TypeScript that becomes WebAssembly. The two passes of src/transforms/resize.ts, bit for bit what
// plain-passes.ts does, with four sums at a time. `node wasm/compile.mjs` makes src/transforms/passes-wasm.ts of it.
// `usize` are addresses, and sizes in bytes. All may read and write up to 16 bytes beyond what is theirs.

const PRECISION_BITS: i32 = 22
const HALF: i32 = 1 << (PRECISION_BITS - 1)

/** Rows of red, green and blue become `count` pixels wide. `bytes`: of a row of the source. */
export function squeezeColour(
  source: usize,
  bytes: usize,
  rows: i32,
  target: usize,
  count: i32,
  first: usize,
  taps: usize,
  values: usize,
  stride: usize,
): void {
  for (let row = 0; row < rows; row++) {
    let weights = values
    for (let pixel = 0; pixel < count; pixel++) {
      let at = source + load<i32>(first + (pixel << 2)) * 3
      const end = weights + (load<i32>(taps + (pixel << 2)) << 2)
      let sums = i32x4.splat(HALF)
      for (let weight = weights; weight < end; weight += 4, at += 3) {
        // Red, green, blue, and a byte of the next pixel, whose sum nobody looks at.
        const colour = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
        sums = i32x4.add(sums, i32x4.mul(colour, v128.load32_splat(weight)))
      }
      // The fourth byte is written over by the next pixel.
      v128.store32_lane(target, toBytes(sums, sums, sums, sums), 0)
      target += 3
      weights += stride << 2
    }
    source += bytes
  }
}

/** The same of one byte per pixel. */
export function squeezeGray(
  source: usize,
  bytes: usize,
  rows: i32,
  target: usize,
  count: i32,
  first: usize,
  taps: usize,
  values: usize,
  stride: usize,
): void {
  for (let row = 0; row < rows; row++) {
    let weights = values
    for (let pixel = 0; pixel < count; pixel++) {
      let at = source + load<i32>(first + (pixel << 2))
      const end = weights + (load<i32>(taps + (pixel << 2)) << 2)
      let sum = HALF
      for (let weight = weights; weight < end; weight += 4, at += 1) sum += <i32>load<u8>(at) * load<i32>(weight)
      const value = sum >> PRECISION_BITS
      store<u8>(target, value < 0 ? 0 : value > 255 ? 255 : value)
      target += 1
      weights += stride << 2
    }
    source += bytes
  }
}

/** Rows of `bytes` become `count` rows. The source begins with the row `top` of the image. */
export function flatten(
  source: usize,
  bytes: usize,
  top: usize,
  target: usize,
  count: i32,
  first: usize,
  taps: usize,
  values: usize,
  stride: usize,
): void {
  for (let row = 0; row < count; row++) {
    const begin = source + (<usize>load<i32>(first + (row << 2)) - top) * bytes
    const end = values + (load<i32>(taps + (row << 2)) << 2)
    for (let column: usize = 0; column < bytes; column += 16) {
      let a = i32x4.splat(HALF)
      let b = a
      let c = a
      let d = a
      let at = begin + column
      for (let weight = values; weight < end; weight += 4, at += bytes) {
        const factor = v128.load32_splat(weight)
        const pixels = v128.load(at)
        const low = i16x8.extend_low_i8x16_u(pixels)
        const high = i16x8.extend_high_i8x16_u(pixels)
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), factor))
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), factor))
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), factor))
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), factor))
      }
      // Beyond the end of a row lies the next one, which is written later.
      v128.store(target + column, toBytes(a, b, c, d))
    }
    target += bytes
    values += stride << 2
  }
}

/** From black (0) to white (255), as sums beyond either are cut off. */
function toBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, PRECISION_BITS), i32x4.shr_s(b, PRECISION_BITS))
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, PRECISION_BITS), i32x4.shr_s(d, PRECISION_BITS))
  return i8x16.narrow_i16x8_u(low, high)
}
