import { isClassifierNode, namesOfScores } from './classifiers.ts'
import type { ModelFacts } from './facts.ts'
import type { GraphProto, ModelProto } from './onnx_pb.ts'

/** Protobuf's own limit, which onnxruntime shares. */
const MAX_FILE_BYTES = 2 ** 31 - 1

type Facts = Pick<ModelFacts, 'optionalInputs'> & { readonly size: number }

/** Things worth saying that do not stop us. `size` is that of the model file in bytes. */
export function listWarnings(model: ModelProto, facts: Facts): string[] {
  const others = [...oldOpset(model), ...defaultedInputs(facts), ...columnsZipMap(model.graph)]
  if (facts.size <= MAX_FILE_BYTES) return others
  return [
    'onnxruntime loads no file of 2 GiB and more: save the weights beside the model, as external data.',
    ...others,
  ]
}

/** onnxruntime promises operators from this version of the default domain on. */
const OLDEST_OPSET = 7

function oldOpset({ opsetImport }: ModelProto): string[] {
  const opset = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (opset === undefined || Number(opset.version) >= OLDEST_OPSET) return []
  return [
    `The model uses opset ${opset.version}; onnxruntime promises operators from opset ${OLDEST_OPSET} on. If the server cannot load it, export it anew.`,
  ]
}

function defaultedInputs({ optionalInputs }: Pick<ModelFacts, 'optionalInputs'>): string[] {
  if (optionalInputs.length === 0) return []
  return [`Inputs with a default in the model are not asked for, the default is used: ${optionalInputs.join(', ')}.`]
}

/** skl2onnx with `zipmap: 'columns'` takes the scores apart into one output per class. */
function columnsZipMap(graph: GraphProto | undefined): string[] {
  if (!graph) return []
  const scores = graph.node.filter(isClassifierNode).map((node) => namesOfScores(node, graph.node))
  const columns = new Set<string>()
  for (const { opType, input, output } of graph.node) {
    const [source = ''] = input
    const taken =
      ['Slice', 'ArrayFeatureExtractor', 'Gather'].includes(opType) && scores.some((names) => names.has(source))
    const passed = ['Reshape', 'Squeeze', 'Identity'].includes(opType) && columns.has(source)
    if (output[0] && (taken || passed)) columns.add(output[0])
  }
  const outputs = graph.output.filter(({ name }) => columns.has(name)).map(({ name }) => name)
  if (outputs.length < 2) return []
  const way = "Convert it with options={'zipmap': False} for one output with all scores."
  return [`The model answers each class in an output of its own (${outputs.join(', ')}). ${way}`]
}
