import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { App, RuntimeFiles } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/app.ts'
import type { ExportContext, ExportedFile } from '../target.ts'
import { findPackage, type WebPackage } from './onnxruntime-web.ts'
import { readUpdates } from './updates.ts'

/** The builds of onnxruntime-web: what is imported, what loads the binary, and the binary. */
const BUILDS = {
  wasm: { script: 'ort.wasm.min.mjs', loader: 'ort-wasm-simd-threaded.mjs', binary: 'ort-wasm-simd-threaded.wasm' },
  webgpu: {
    script: 'ort.webgpu.min.mjs',
    loader: 'ort-wasm-simd-threaded.asyncify.mjs',
    binary: 'ort-wasm-simd-threaded.asyncify.wasm',
  },
} as const

type Build = (typeof BUILDS)[keyof typeof BUILDS]

export interface FoundRuntime {
  readonly runtimes: App['runtimes']
  readonly files: readonly ExportedFile[]
}

/** onnxruntime-web for this model: the build for WebGPU has no operators of ai.onnx.ml. Throws CreateError. */
export function findRuntime({ server, model }: ExportContext): FoundRuntime {
  const found = findPackage(server)
  const isClassical = Object.keys(model.facts.ops).some((op) => op.startsWith('ai.onnx.ml.'))
  const builds: readonly Build[] = isClassical ? [BUILDS.wasm] : [BUILDS.wasm, BUILDS.webgpu]
  const names = builds.flatMap(({ script, loader, binary }) => [script, loader, binary])
  return {
    runtimes: {
      wasm: describeBuild(BUILDS.wasm, found),
      webgpu: isClassical ? null : describeBuild(BUILDS.webgpu, found),
    },
    files: names.map((name) => ({ path: `${found.place}/${name}`, copyOf: found.fileOf(name) })),
  }
}

function describeBuild({ script, loader, binary }: Build, { version, place, fileOf }: WebPackage): RuntimeFiles {
  const bytes = readFileSync(fileOf(binary))
  return {
    version,
    script: `${place}/${script}`,
    loader: `${place}/${loader}`,
    binary: { file: `${place}/${binary}`, sha256: hash(bytes), bytes: bytes.length },
  }
}

/** app.json. Its version changes with any byte of the export. */
export function describeApp(context: ExportContext, runtimes: App['runtimes'], files: readonly ExportedFile[]): App {
  const { file, sha256, bytes, precision, format } = context.model
  const updates = readUpdates(context)
  const contents = files.map((one) => [one.path, hash('bytes' in one ? one.bytes : readFileSync(one.copyOf))])
  return {
    schema: 1,
    version: hash(JSON.stringify([contents.sort(), sha256, context.golden, updates])).slice(0, 16),
    model: { file: `models/${file}`, sha256, bytes: bytes.length, precision, format },
    runtimes,
    updates,
  }
}

function hash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
