import type { ModelProto } from '../onnx_pb.ts'
import { scopesOf } from '../scopes.ts'

/** Gives names that nothing in the model has yet, in whatever scope: `wanted`, else `wanted_2` and so on. */
export function freshNames(model: ModelProto): (wanted: string) => string {
  const taken = new Set<string>()
  for (const { nodes, graph } of scopesOf(model)) {
    for (const node of nodes) for (const name of [node.name, ...node.input, ...node.output]) taken.add(name)
    const named = [...(graph?.input ?? []), ...(graph?.output ?? []), ...(graph?.valueInfo ?? [])]
    for (const { name } of [...named, ...(graph?.initializer ?? [])]) taken.add(name)
    for (const { values } of graph?.sparseInitializer ?? []) taken.add(values?.name ?? '')
  }
  return (wanted) => {
    let name = wanted
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`
    taken.add(name)
    return name
  }
}
