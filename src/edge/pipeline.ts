import type { Decoded, Pipeline } from '../../templates/fastify-onnx/base/src/ml/pipeline.ts'
import type { Contract, Tensor, Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { Engine } from './engine.ts'
import { loadModule } from './modules.ts'
import type { BuiltServer } from './target.ts'

/** The server's pipeline as plugins/predictor.ts and the image feature put it together, without caches and other doors. */
export async function openPipeline(server: BuiltServer, contract: Contract, engine: Engine): Promise<Pipeline> {
  const { decodeInputs } = await loadModule(server, 'transforms/decode.js')
  const { sampleData } = await loadModule(server, 'transforms/sample.js')
  const { rowSpecs } = await loadModule(server, 'transforms/rows.js')
  const { preprocess } = await loadModule(server, 'model/preprocess.js')
  const { postprocess } = await loadModule(server, 'model/postprocess.js')
  const specs = contract.rows ? rowSpecs(contract.inputs) : contract.inputs
  const base: Pipeline = {
    bodySchema: {},
    bodyTypes: [],
    decoder: '',
    sample: { data: sampleData(contract) },
    decode: ({ data }) => decodeInputs(data, specs),
    preprocess,
    infer: takesOneRow(contract)
      ? await oneByOne(server, engine)
      : (tensors, outputs) => engine.infer(tensors, outputs),
    postprocess,
  }
  return contract.preprocess.kind === 'image' ? addImages(server, contract, base) : base
}

async function addImages(server: BuiltServer, contract: Contract, base: Pipeline): Promise<Pipeline> {
  const { makeDecoder } = await loadModule(server, 'image/decode.js')
  const { readFiles } = await loadModule(server, 'image/body.js')
  const { readSample } = await loadModule(server, 'image/sample.js')
  const { env } = await loadModule(server, 'image/settings.js')
  const limits = {
    IMAGE_MAX_PIXELS: env.IMAGE_MAX_PIXELS.default,
    IMAGE_MAX_SIDE: env.IMAGE_MAX_SIDE.default,
    IMAGE_MAX_COUNT: env.IMAGE_MAX_COUNT.default,
  }
  const decode = makeDecoder(limits, 1)
  return {
    ...base,
    sample: readSample(contract) ?? base.sample,
    decode(body) {
      const files = readFiles(body)
      return files === null ? base.decode(body) : decode(files)
    },
    // Numbers are the model's own input tensor: prepared already.
    preprocess: (input) => (isTensors(input) ? input : base.preprocess(input)),
  }
}

function isTensors(input: Decoded): input is Tensors {
  return !Array.isArray(input)
}

/** A leading size of 1 takes one row of several that a request may have. */
function takesOneRow({ inputs, outputs, encoder, rows }: Contract): boolean {
  const between = encoder ? [encoder.features] : []
  return rows && [...inputs, ...between, ...outputs].some(({ shape }) => shape?.[0] === 1)
}

async function oneByOne(server: BuiltServer, engine: Engine): Promise<Pipeline['infer']> {
  const { sliceRows, concatRows, countRows } = await loadModule(server, 'transforms/rows.js')
  return async (tensors, outputs) => {
    const parts: Tensors[] = []
    for (let row = 0; row < countRows(tensors); row += 1) {
      const one = Object.entries(tensors).map(([name, tensor]) => [name, sliceRows(tensor, row, row + 1)])
      parts.push(await engine.infer(Object.fromEntries(one), outputs))
    }
    const join = (name: string): Tensor => {
      const [first, ...rest] = parts.flatMap((part) => part[name] ?? [])
      if (first === undefined) throw new Error(`the model gave no "${name}"`)
      return concatRows([first, ...rest])
    }
    return Object.fromEntries(outputs.map((name) => [name, join(name)]))
  }
}
