import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { default as MakeSharp, Sharp } from 'sharp'
import type { ImageSpec } from '../../templates/fastify-onnx/base/src/transforms/image.ts'
import type { Case } from './cases.ts'
import type { BuiltServer } from './target.ts'

/** EXIF: the camera was held a quarter turn to the left. */
const QUARTER_TURN = 6

/**
 * Edge cases for images, made of the sample by the server's own sharp: wider and higher than what the model takes, one pixel,
 * gray, with transparency, and turned by its EXIF orientation.
 */
export async function makeImageCases(server: BuiltServer, spec: ImageSpec, sample: Uint8Array): Promise<Case[]> {
  const sharp = requireSharp(server)
  const [height, width] = spec.size
  const sized = (w: number, h: number) => sharp(sample).autoOrient().removeAlpha().resize(w, h, { fit: 'fill' })
  const png = { compressionLevel: 9 }
  return [
    imageCase(
      'landscape',
      'png',
      await sized(width * 2 + 1, height + 3)
        .png(png)
        .toBuffer(),
    ),
    imageCase(
      'portrait',
      'png',
      await sized(width + 2, height * 2 + 5)
        .png(png)
        .toBuffer(),
    ),
    imageCase('one pixel', 'png', await sized(1, 1).png(png).toBuffer()),
    imageCase('gray', 'png', await sized(width, height).grayscale().png(png).toBuffer()),
    imageCase('transparent', 'png', await sized(width, height).ensureAlpha(0.5).png(png).toBuffer()),
    imageCase('turned', 'jpg', await turned(sized(width * 2, height)).toBuffer()),
  ]
}

function turned(image: Sharp): Sharp {
  return image.withMetadata({ orientation: QUARTER_TURN }).jpeg({ quality: 90 })
}

/** An image as a case: its bytes are the request. */
export function imageCase(name: string, extension: string, bytes: Uint8Array, origin: Case['origin'] = 'made'): Case {
  const data = { b64: Buffer.from(bytes).toString('base64') }
  return { name, origin, data, image: { bytes, extension } }
}

function requireSharp(server: BuiltServer): typeof MakeSharp {
  const sharp: unknown = createRequire(join(server.root, 'package.json'))('sharp')
  // A native border: its types are those of the version that the template names.
  return sharp as typeof MakeSharp
}
