import { describeClasses } from './classifiers.ts'
import { findExternalData } from './external-data.ts'
import type { ModelFacts } from './facts.ts'
import type { ModelProto } from './onnx_pb.ts'
import { openModel } from './open-model.ts'
import { countOps, findCustomOps, readOpsets } from './operators.ts'
import { listParameters } from './parameters.ts'
import { describePort, listInputs } from './ports.ts'
import { refuseUnruly } from './rules.ts'
import { hashSegments, spliceFile } from './segments.ts'
import { listWarnings } from './warnings.ts'
import { type Stripped, stripZipMap } from './zipmap.ts'

/**
 * Everything that a model file says of itself, and the bytes to store: the file with its ZipMaps stripped. Only the
 * hash reads the whole file, in chunks; the rest is known from its graph, without the weights, at any size.
 * Throws CreateError: `not_found`, `runtime`, or `invalid` for a file that is no whole ONNX model, a ZipMap that
 * cannot be stripped, external data that is missing or outside of the model's folder.
 */
export async function readModel(path: string): Promise<ModelFacts> {
  const { skimmed, size } = openModel(path)
  refuseUnruly(path, skimmed.model, skimmed.graph)
  const stripped = stripZipMap(path, skimmed)
  // From here on the model is the one that is stored.
  skimmed.model.graph = stripped.graph
  const facts = describeModel(skimmed.model, stripped, size)
  const externalData = findExternalData(path, skimmed.model)
  const content = spliceFile(path, size, stripped.edits)
  return { ...facts, externalData, content, ...(await hashSegments(content)) }
}

function describeModel(model: ModelProto, { graph, zipMaps }: Stripped, size: number) {
  const irVersion = Number(model.irVersion)
  const { required, optional } = listInputs(graph, irVersion)
  const ops = countOps(model)
  const parameters = listParameters(model)
  return {
    irVersion,
    producer: [model.producerName, model.producerVersion].filter((part) => part !== '').join(' '),
    opsets: readOpsets(model),
    ops,
    customOps: findCustomOps(model, Object.keys(ops)),
    inputs: required,
    optionalInputs: optional,
    outputs: graph.output.map(describePort),
    ...describeClasses(model, graph, zipMaps),
    stripped: zipMaps.map(({ output, tensor }) => ({ op: 'ZipMap', output, tensor })),
    parameters,
    parameterBytes: parameters.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: listWarnings(model, { optionalInputs: optional, size }),
  }
}
