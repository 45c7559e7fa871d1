import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import type { Contract, Dim, TensorSpec } from '../transforms/types.ts'

/** What the model takes and gives, with the sample; and the labels of a classifier. */
export async function metadataRoutes(app: FastifyInstance): Promise<void> {
  const schema = { tags: ['metadata'] }
  app.get('/metadata', { schema }, async () => describeContract(contract, app.predictor.sample.data))

  if (contract.task !== 'classification') return
  const labels = { ...contract.labels }
  app.get('/label', { schema }, async () => labels)
}

/** The classic six keys first, in which a structure is that of one row; then all that the contract knows. */
function describeContract(contract: Contract, data: unknown) {
  const { name, template, model, task, inputs, outputs, predict, rows, sample, preprocess } = contract
  const answered = outputs.filter((output) => predict.output === null || output.name === predict.output)
  return {
    data_type: oneOrByName(inputs, ({ dtype }) => dtype),
    data_structure: oneOrByName(inputs, (spec) => oneRow(spec, rows)),
    data_sample: data,
    prediction_type: oneOrByName(answered, ({ dtype }) => dtype),
    prediction_structure: oneOrByName(answered, (spec) => oneRow(spec, rows)),
    prediction_sample: sample.prediction,
    name,
    task,
    rows,
    inputs,
    outputs,
    model,
    template,
    ...(preprocess.kind !== 'none' && { preprocess }),
  }
}

function oneOrByName<Value>(specs: readonly TensorSpec[], describe: (spec: TensorSpec) => Value) {
  const [only] = specs
  if (only && specs.length === 1) return describe(only)
  return Object.fromEntries(specs.map((spec) => [spec.name, describe(spec)]))
}

function oneRow({ shape }: TensorSpec, rows: boolean): readonly Dim[] | null {
  return shape && rows ? [1, ...shape.slice(1)] : shape
}
