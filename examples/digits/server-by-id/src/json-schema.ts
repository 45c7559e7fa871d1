/** The part of JSON Schema (draft 7) that checks bodies here, and describes them in the OpenAPI document. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly contentEncoding?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
}

/** An object of which every property must be there, unless `optional` names it. */
export function objectSchema(properties: JsonSchema['properties'] & {}, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', ...(required.length > 0 && { required }), properties }
}
