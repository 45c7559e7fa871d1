import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type GraphProto, type ModelProto, ModelProtoSchema } from '../onnx_pb.ts'
import { scopesOf } from '../scopes.ts'
import { hoistConstants } from './hoist-constants.ts'
import { freshNames } from './names.ts'
import { replaceWeight } from './rewrite.ts'
import { type SmallPrecision, type Stored, store } from './store.ts'
import { findWeights, type Kept, keep, type Weight } from './weights.ts'

/** A weight that is stored in fewer bytes now. */
export interface Changed {
  readonly name: string
  /** The operator that reads it. */
  readonly operator: string
  readonly shape: readonly number[]
  readonly bytesBefore: number
  /** Its scales included. */
  readonly bytesAfter: number
  /** The largest distance of a value from what it was. */
  readonly maxError: number
}

/** What became of a model's floats. */
export interface Outcome {
  readonly bytes: Uint8Array
  readonly changed: readonly Changed[]
  readonly kept: readonly Kept[]
}

interface Conversion {
  readonly precision: SmallPrecision
  /** Tensors of fewer bytes are left alone. */
  readonly smallest: number
  readonly fresh: (wanted: string) => string
  /** Before IR version 4: every initialiser of the main graph is an input, and none of them is a default. */
  readonly old: boolean
}

/** The model with all of its weights converted that can be, whether it is worth it or not; the same bytes when there are none. */
export function convertModel(bytes: Uint8Array, precision: SmallPrecision, smallest: number): Outcome {
  const model = fromBinary(ModelProtoSchema, bytes)
  const fresh = freshNames(model)
  const parts = graphsOf(model).map((graph) => {
    const old = model.irVersion < 4n && graph === model.graph
    return convertGraph(graph, { precision, smallest, fresh, old })
  })
  const changed = parts.flatMap((part) => part.changed)
  const kept = parts.flatMap((part) => part.kept)
  return { bytes: changed.length > 0 ? toBinary(ModelProtoSchema, model) : bytes, changed, kept }
}

/** Local functions hold no initialisers. */
function graphsOf(model: ModelProto): GraphProto[] {
  return [...scopesOf(model)].flatMap(({ graph }) => graph ?? [])
}

function convertGraph(graph: GraphProto, { precision, smallest, fresh, old }: Conversion): Omit<Outcome, 'bytes'> {
  hoistConstants(graph, { declared: old, smallest })
  const defaults = new Set(old ? [] : graph.input.map(({ name }) => name))
  const { weights, kept } = findWeights(graph, { defaults, smallest })
  const changed: Changed[] = []
  for (const weight of weights) {
    const stored = store(weight, precision)
    if (typeof stored === 'string') kept.push(keep(weight.tensor, stored))
    else {
      replaceWeight(graph, { tensor: weight.tensor, precision, stored }, fresh)
      changed.push(describe(weight, stored))
    }
  }
  return { changed, kept }
}

function describe({ tensor, operator, shape }: Weight, { bytes, maxError }: Stored): Changed {
  return { name: tensor.name, operator, shape, bytesBefore: keep(tensor, '').bytes, bytesAfter: bytes, maxError }
}
