import { type TSchema, Type } from '@sinclair/typebox'

/** `{"data": ...}` with an image, a list of images, or what the model takes without preprocess. */
export function imageBodySchema(tensorBody: TSchema): TSchema {
  const { data } = Object(tensorBody.properties)
  const b64 = Type.String({ contentEncoding: 'base64', description: 'The bytes of a PNG, JPEG or WebP file.' })
  const image = Type.Object({ b64 }, { additionalProperties: false })
  const several = Type.Array(image, { minItems: 1, description: 'Images, of any sizes.' })
  const tensor = { ...data, description: "The model's own input tensor; it is not preprocessed." }
  return Type.Object({ data: Type.Union([image, several, tensor]) }, { additionalProperties: false })
}
