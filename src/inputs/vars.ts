import * as z from 'zod'
import { CreateError } from '../errors.ts'
import { ACTIVATIONS, DTYPES, EDGE_DEFAULTS, EDGE_TARGETS, FORMATS, PRECISIONS, TASKS } from '../words.ts'
import { explainSchemaIssues } from './schema-issues.ts'
import type { YamlFile } from './yaml.ts'

// zod would compile each schema to a function first, which pays only when it is used many times.
z.config({ jitless: true })

/** The onnxruntime-node that the template's package-lock.json was made with. */
export const DEFAULT_ONNXRUNTIME = '1.30.0'

const positive = z.number().positive()
const whole = z.int()
const port = z.int().min(1).max(65535)

/** An option that is on when its key is there, even with nothing behind it (`tracing:`). */
function option<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape)).optional()
}

/** Keeps its name in models/: nothing that Windows reserves, and no way out of the folder. */
const fileName = z
  .string()
  .min(1)
  // Reserved on Windows, or a way out of the folder: models/ keeps the file under its own name.
  .regex(
    /^[^\p{Cc}<>:"/\\|?*]+$/u,
    'a plain file name, beside vars.yaml or in models/ there (no folders, none of <>:"/\\|?*)',
  )
  .refine(
    (name) => !name.startsWith('.') && !/[ .]$/.test(name),
    'a file name must not start with a dot or end with a dot or space',
  )

/** Whether a file of this name can lie in models/. */
export function isFileName(name: string): boolean {
  return fileName.safeParse(name).success
}

const SHAPE_TEXT = /^\s*[([]\s*((-?\w+|\?)\s*(,\s*(-?\w+|\?)\s*)*,?\s*)?[)\]]\s*$/
const SHAPE_HELP = 'a shape such as (1,4), [1,4] or [batch,4]'

/** `(1,4)`, `[1,4]`, `[batch, 4]` -> `[1, 4]`, `["batch", 4]`; -1, None and ? are dims without a name. */
const shape = z
  .union([z.string().regex(SHAPE_TEXT, SHAPE_HELP), z.array(z.union([whole, z.string(), z.null()]))], {
    error: SHAPE_HELP,
  })
  .transform((value) => (typeof value === 'string' ? splitShape(value) : value).map(readDim))

function splitShape(text: string): string[] {
  return text
    .replace(/[()[\]\s]/g, '')
    .split(',')
    .filter((part) => part !== '')
}

function readDim(dim: string | number | null): number | string {
  if (dim === null || dim === -1 || ['-1', '?', 'None', 'null'].includes(String(dim))) return '?'
  return /^\d+$/.test(String(dim)) ? Number(dim) : String(dim)
}

/** What a sample may hold: numbers, booleans, strings and lists of them. */
export type NestedValue = number | boolean | string | NestedValue[]

const nested: z.ZodType<NestedValue> = z.lazy(() =>
  z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity]), z.boolean(), z.string(), z.array(nested)], {
    error: 'a number, boolean or string, or lists of them',
  }),
)

const dtype = z.enum(DTYPES)
const tensor = z.strictObject({ dtype, shape: shape.optional(), sample: nested.optional() })

const preprocess = z.strictObject({
  kind: z.enum(['none', 'image']).default('none'),
  preset: z.enum(['imagenet']).optional(),
  size: z.tuple([z.int().positive(), z.int().positive()]).optional(),
  resize: z.int().positive().optional(),
  resample: z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos']).optional(),
  crop: z.enum(['center', 'none']).optional(),
  mean: z.array(z.number()).optional(),
  std: z.array(positive).optional(),
  layout: z.enum(['nchw', 'nhwc']).optional(),
  channels: z.enum(['rgb', 'bgr', 'gray']).optional(),
})

const source = z.strictObject({
  kind: z.enum(['directory', 'http', 'postgres']).default('directory'),
  name: z.string().optional(),
  path: z.string().optional(),
  base_url: z.url().optional(),
  timeout_ms: z.int().positive().optional(),
  max_bytes: z.int().positive().optional(),
  table: z.string().optional(),
  id_column: z.string().optional(),
  bytes_column: z.string().optional(),
  json_column: z.string().optional(),
})

const options = z.strictObject({
  data_cache: option({
    level: z.enum(['input', 'preprocessed', 'features']).default('preprocessed'),
    fill: z.enum(['request', 'batch', 'both']).default('request'),
    tier: z.enum(['memory', 'redis', 'both']).default('memory'),
    memory_mb: z.int().positive().default(256),
    ttl_s: z.int().positive().default(86400),
    source: source.optional(),
    sample_id: z.string().optional(),
    encoder: z.strictObject({ model_file_name: fileName, output: z.string() }).optional(),
  }),
  prediction_cache: option({ ttl_s: positive.default(60) }),
  grpc: option({ port: port.default(8001) }),
  tracing: option({}),
  edge: option({
    targets: z.array(z.enum(EDGE_TARGETS)).default([...EDGE_DEFAULTS.targets]),
    precision: z.enum(PRECISIONS).default(EDGE_DEFAULTS.precision),
    min_agreement: z.number().min(0).max(1).default(EDGE_DEFAULTS.min_agreement),
    host: z.boolean().default(EDGE_DEFAULTS.host),
    format: z.enum(FORMATS).default(EDGE_DEFAULTS.format),
  }),
  deploy: option({
    kserve: z.boolean().default(false),
    ingress: z.enum(['none', 'ingress', 'gateway']).default('none'),
    autoscale: z.enum(['cpu', 'queue']).default('cpu'),
    monitoring: z.boolean().default(false),
  }),
})

/** The schema of vars.yaml (VARS.md). `vars.schema.json` is generated from it. */
export const varsSchema = z.strictObject({
  name: z.string().optional(),
  model_file_name: fileName,
  label_file_name: fileName.optional(),
  data_type: dtype.optional(),
  data_structure: shape.optional(),
  data_sample: nested.optional(),
  prediction_type: dtype.optional(),
  prediction_structure: shape.optional(),
  prediction_sample: nested.optional(),
  inputs: z.record(z.string(), tensor).optional(),
  outputs: z.record(z.string(), tensor).optional(),
  task: z.enum(TASKS).optional(),
  predict: z
    .strictObject({ output: z.string().optional(), activation: z.enum(ACTIVATIONS).default('none') })
    .optional(),
  rows: z.boolean().optional(),
  sample: z.enum(['given', 'derived']).default('given'),
  preprocess: preprocess.default({ kind: 'none' }),
  runtime: z
    .strictObject({
      node: z.literal([20, 22, 24, 26]).default(24),
      onnxruntime: z
        .string()
        .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, 'an exact version such as 1.30.0')
        .default(DEFAULT_ONNXRUNTIME),
    })
    .prefault({}),
  server: z.strictObject({ port: port.default(8000) }).prefault({}),
  image: z
    .strictObject({
      repository: z
        .string()
        .regex(
          /^[a-z0-9]+([._:/-]+[a-z0-9]+)*$/,
          'an image name without a tag, such as registry.example.com/team/sample',
        )
        .optional(),
      model: z
        .union([
          z.enum(['baked', 'volume']),
          z.strictObject({ download: z.strictObject({ url: z.url(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
        ])
        .default('baked'),
    })
    .prefault({}),
  resources: z
    .strictObject({
      cpu: positive.default(1),
      memory: z
        .string()
        .regex(/^[1-9]\d*(Mi|Gi|M|G)$/, 'an amount of memory such as 512Mi or 2Gi')
        .default('512Mi'),
      replicas: z.int().positive().default(2),
    })
    .prefault({}),
  budget: z
    .strictObject({
      latency_p99_ms: positive.default(100),
      availability: z.number().gt(0).lt(1).default(0.999),
      throughput_rps: positive.default(50),
    })
    .prefault({}),
  code_owners: z.strictObject({ infra: owner(), software: owner(), ml: owner() }).optional(),
  options: options.prefault({}),
})

function owner() {
  return z.string().regex(/^(@[\w./-]+|[^\s@#]+@[^\s@#]+)$/, 'an owner such as @org/team or an e-mail address')
}

export type Vars = z.infer<typeof varsSchema>

/**
 * Checks a parsed vars.yaml against the schema, and fills in defaults.
 * @throws CreateError `invalid` with the position of everything that is wrong.
 */
export function readVars(yaml: YamlFile): Vars {
  const parsed = varsSchema.safeParse(yaml.value)
  if (parsed.success) return parsed.data
  throw new CreateError('invalid', `${yaml.file} is not a valid vars file`, {
    issues: explainSchemaIssues(parsed.error, varsSchema, yaml),
  })
}

/** What printVarsSchema gives, computed when this package is built (scripts/build.ts); not there when run from source. */
declare const BUILT_VARS_SCHEMA: string | undefined

/** vars.schema.json: what an editor completes and checks with (`# yaml-language-server: $schema=./vars.schema.json`). */
export function printVarsSchema(): string {
  if (typeof BUILT_VARS_SCHEMA === 'string') return BUILT_VARS_SCHEMA
  const schema = varsSchema.toJSONSchema({ io: 'input', target: 'draft-7', unrepresentable: 'any' })
  return `${JSON.stringify({ title: 'vars.yaml of create-inference-server', ...schema }, null, 2)}\n`
}
