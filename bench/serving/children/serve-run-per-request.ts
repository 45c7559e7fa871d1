import { InferenceSession, Tensor } from 'onnxruntime-node'
import { tell } from './parent.ts'
import { servePlain } from './plain.ts'

// usage: serve-run-per-request MODEL: a plain Fastify that awaits one run of the iris model per request, as tutorials do.

const [model = ''] = process.argv.slice(2)
const INPUT = 'float_input'
const OUTPUT = 'probabilities'

const session = await InferenceSession.create(model, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
})
const port = await servePlain(async ({ body: { data } }) => {
  const [first = []] = data
  const tensor = new Tensor('float32', Float32Array.from(data.flat()), [data.length, first.length])
  const outputs = await session.run({ [INPUT]: tensor }, [OUTPUT])
  return { prediction: Array.from(Object(outputs[OUTPUT]?.data)) }
})
tell({ port })
