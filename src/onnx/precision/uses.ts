import type { GraphProto, NodeProto } from '../onnx_pb.ts'
import { graphsIn } from '../scopes.ts'

/** Where a value is read: as that input of the node. */
export interface Use {
  readonly node: NodeProto
  readonly input: number
}

/** Who reads the values of a graph, by name, the branches and bodies in it included. */
export function findUses(graph: GraphProto): Map<string, Use[]> {
  const uses = new Map<string, Use[]>()
  for (const [name, use] of readsIn(graph.node)) {
    const known = uses.get(name)
    if (known) known.push(use)
    else uses.set(name, [use])
  }
  return uses
}

function* readsIn(nodes: readonly NodeProto[]): Generator<[string, Use]> {
  for (const node of nodes) {
    for (const [input, name] of node.input.entries()) yield [name, { node, input }]
    for (const graph of node.attribute.flatMap(graphsIn)) {
      const own = namesOf(graph)
      for (const read of readsIn(graph.node)) if (!own.has(read[0])) yield read
    }
  }
}

/** The values that a graph gives names to itself. */
export function namesOf({ input, initializer, node }: GraphProto): Set<string> {
  const named = [...input, ...initializer].map(({ name }) => name)
  return new Set([...named, ...node.flatMap(({ output }) => output)])
}
