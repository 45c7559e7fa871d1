import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from './onnx_pb.ts'

/** A list of nodes with names of its own: the main graph, a branch or body of control flow, or a local function. */
export interface Scope {
  readonly nodes: readonly NodeProto[]
  /** Undefined for a local function, which holds nodes only. */
  readonly graph: GraphProto | undefined
  /** Where it is, for messages: `the main graph`, `then_branch of If "choose"`, `function my.domain.Norm`. */
  readonly place: string
}

/** The main graph first, then what nests in it, then the local functions and what nests in them. */
export function* scopesOf(model: ModelProto): Generator<Scope> {
  if (model.graph) yield* nested({ nodes: model.graph.node, graph: model.graph, place: 'the main graph' })
  for (const { domain, name, node } of model.functions) {
    yield* nested({ nodes: node, graph: undefined, place: `function ${domain}.${name}` })
  }
}

/** The tensors kept in a scope itself, with the name of the value that each gives. */
export function* tensorsOf(scope: Scope): Generator<{ name: string; tensor: TensorProto | SparseTensorProto }> {
  for (const tensor of scope.graph?.initializer ?? []) yield { name: tensor.name, tensor }
  for (const tensor of scope.graph?.sparseInitializer ?? []) yield { name: tensor.values?.name ?? '', tensor }
  for (const node of scope.nodes) {
    const name = node.output[0] ?? node.name
    for (const attribute of node.attribute) for (const tensor of tensorsIn(attribute)) yield { name, tensor }
  }
}

function* nested(scope: Scope): Generator<Scope> {
  yield scope
  for (const node of scope.nodes) {
    for (const attribute of node.attribute) {
      const place = `${attribute.name} of ${node.opType} "${node.name || node.output[0]}"`
      for (const graph of graphsIn(attribute)) yield* nested({ nodes: graph.node, graph, place })
    }
  }
}

/** The branches or bodies of control flow that an attribute holds. */
export function graphsIn({ g, graphs }: AttributeProto): GraphProto[] {
  return g ? [g, ...graphs] : graphs
}

function tensorsIn({ t, tensors, sparseTensor, sparseTensors }: AttributeProto): (TensorProto | SparseTensorProto)[] {
  return [...(t ? [t] : []), ...tensors, ...(sparseTensor ? [sparseTensor] : []), ...sparseTensors]
}
