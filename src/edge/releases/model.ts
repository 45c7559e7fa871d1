import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import * as z from 'zod'
import type { Config, TensorConfig } from '../../config/config.ts'
import { CreateError, type Issue } from '../../errors.ts'
import type { ModelPort } from '../../onnx/facts.ts'
import { readModel } from '../../onnx/read-model.ts'
import { hashSegments } from '../../onnx/segments.ts'
import { FORMATS, type Format, PRECISIONS, type Precision } from '../../words.ts'

/** A model file that is to be released. */
export interface ReleasedModel {
  readonly path: string
  readonly sha256: string
  readonly size: number
  readonly precision: Precision
  readonly format: Format
}

export interface ModelChoice {
  /** The export that it is taken from. */
  readonly target?: string | undefined
  /** A file in place of an export. */
  readonly model?: string | undefined
  readonly precision?: string | undefined
}

/** The model to release: a file that is named, else the one of SERVER/edge/<target>. Throws `usage`, `not_found`, `invalid`. */
export async function findModel(server: string, config: Config, choice: ModelChoice): Promise<ReleasedModel> {
  if (choice.model !== undefined) return readNamedModel(choice.model, choice, config)
  if (choice.precision !== undefined) {
    throw new CreateError('usage', '--precision goes with --model: an export says its own', {
      hint: `Export with the precision instead: create-inference-server edge export ${server} --precision ${choice.precision}`,
    })
  }
  return readExport(join(server, 'edge'), server, choice.target)
}

const golden = z.object({
  model: z.object({
    file: z.string(),
    sha256: z.string(),
    precision: z.enum(PRECISIONS),
    format: z.enum(FORMATS),
  }),
})

async function readExport(edge: string, server: string, wanted: string | undefined): Promise<ReleasedModel> {
  const there = listExports(edge)
  const targets = wanted === undefined ? there : there.filter((target) => target === wanted)
  if (targets.length === 0) throw noExport(server, wanted, there)
  const models = await Promise.all(targets.map((target) => readExported(edge, target)))
  const [first] = models
  if (first === undefined) throw noExport(server, wanted, there)
  if (models.some(({ sha256 }) => sha256 !== first.sha256)) throw severalModels(models, targets)
  return first
}

function listExports(edge: string): string[] {
  if (!existsSync(edge)) return []
  return readdirSync(edge)
    .filter((name) => existsSync(join(edge, name, 'golden.json')))
    .sort()
}

async function readExported(edge: string, target: string): Promise<ReleasedModel> {
  const file = join(edge, target, 'golden.json')
  const parsed = golden.safeParse(parseJson(readFileSync(file, 'utf8')))
  if (!parsed.success) throw brokenExport(file, 'is not what edge export wrote')
  const { file: name, sha256: expected, precision, format } = parsed.data.model
  const path = join(edge, target, 'models', name)
  if (!existsSync(path)) throw brokenExport(path, 'is not there')
  const { sha256, size } = await hashFile(path)
  if (sha256 !== expected) throw brokenExport(path, 'is not the model that was exported and checked')
  return { path, sha256, size, precision, format }
}

async function readNamedModel(
  path: string,
  { precision = 'fp32' }: ModelChoice,
  config: Config,
): Promise<ReleasedModel> {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new CreateError('not_found', `the model ${path} is not there`)
  }
  const known = PRECISIONS.find((one) => one === precision)
  const format = FORMATS.find((one) => `.${one}` === extname(path))
  if (known === undefined || format === undefined) {
    const what = known === undefined ? `--precision "${precision}" is not known` : `${path} is neither .onnx nor .ort`
    throw new CreateError('usage', what, {
      hint: `Precisions: ${PRECISIONS.join(', ')}. Formats: ${FORMATS.join(', ')}.`,
    })
  }
  if (format === 'onnx') await refuseOtherInterface(path, config)
  return { path, ...(await hashFile(path)), precision: known, format }
}

/** An app feeds it as the server's model: what has other inputs or outputs cannot be the same contract. */
async function refuseOtherInterface(path: string, config: Config): Promise<void> {
  const { inputs, outputs, externalData, stripped } = await readModel(path)
  const issues: Issue[] = [
    ...differences(path, 'input', config.inputs, inputs),
    ...differences(path, 'output', config.outputs, outputs),
    ...externalData.map((file) => ({
      file: path,
      message: `its weights lie beside it, in ${file}: devices load one file`,
    })),
    ...stripped.map(({ op, output }) => ({
      file: path,
      message: `${op} (${output}) is in it, which devices cannot run`,
    })),
  ]
  if (issues.length === 0) return
  throw new CreateError('invalid', `${path} cannot take the place of ${config.name}'s model on devices`, {
    issues,
    hint: 'Generate the server from the new model, then run create-inference-server edge export and release that.',
  })
}

function differences(
  file: string,
  kind: string,
  wanted: readonly TensorConfig[],
  there: readonly ModelPort[],
): Issue[] {
  return wanted.flatMap(({ name, dtype, shape }) => {
    const port = there.find((one) => one.name === name)
    if (port === undefined) return [{ file, path: name, message: `it has no such ${kind}` }]
    if (port.type !== dtype) return [{ file, path: name, message: `is ${port.type}, and the server's is ${dtype}` }]
    if (sameShape(shape, port.shape)) return []
    return [{ file, path: name, message: `is (${port.shape?.join(',')}), and the server's is (${shape?.join(',')})` }]
  })
}

/** Symbolic dims fit, whatever they are called. */
function sameShape(wanted: TensorConfig['shape'], there: ModelPort['shape']): boolean {
  if (wanted === null || there === null) return wanted === there
  const fixed = (dim: unknown) => (typeof dim === 'number' ? dim : null)
  return wanted.length === there.length && wanted.every((dim, axis) => fixed(dim) === fixed(there[axis]))
}

async function hashFile(path: string): Promise<{ sha256: string; size: number }> {
  const { size } = statSync(path)
  if (size === 0) throw new CreateError('invalid', `${path} is empty`)
  return { sha256: (await hashSegments([{ kind: 'file', path, start: 0, end: size }])).sha256, size }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function noExport(server: string, wanted: string | undefined, there: readonly string[]): CreateError {
  const what = wanted === undefined ? 'nothing was exported' : `${wanted} was not exported`
  const others = there.length > 0 ? ` There is ${there.join(', ')}.` : ''
  return new CreateError('not_found', `${what} from ${server} yet`, {
    hint: `Run create-inference-server edge export ${server}${wanted ? ` --target ${wanted}` : ''} first, or name a file with --model.${others}`,
  })
}

function severalModels(models: readonly ReleasedModel[], targets: readonly string[]): CreateError {
  return new CreateError('usage', 'the exports hold different models: say which one to release', {
    issues: models.map(({ path, precision, format, size }) => ({
      file: path,
      message: `${precision}, ${format}, ${size} bytes`,
    })),
    hint: `--target ${targets.join(' or --target ')}, each into a folder of its own with --out DIR.`,
  })
}

function brokenExport(file: string, message: string): CreateError {
  return new CreateError('invalid', 'the export is not as it was made', {
    issues: [{ file, message }],
    hint: 'Run create-inference-server edge export again: only what was checked against the server is released.',
  })
}
