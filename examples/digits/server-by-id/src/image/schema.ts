import { type JsonSchema, objectSchema } from '../json-schema.ts'

/** `{"data": ...}` with an image, a list of images, or what the model takes without preprocess. */
export function imageBodySchema(tensorBody: JsonSchema): JsonSchema {
  const { data } = Object(tensorBody.properties)
  const b64 = { contentEncoding: 'base64', description: 'The bytes of a PNG, JPEG or WebP file.', type: 'string' }
  const image = { additionalProperties: false, ...objectSchema({ b64 }) }
  const several = { minItems: 1, description: 'Images, of any sizes.', type: 'array', items: image }
  const tensor = { ...data, description: "The model's own input tensor; it is not preprocessed." }
  return { additionalProperties: false, ...objectSchema({ data: { anyOf: [image, several, tensor] } }) }
}
