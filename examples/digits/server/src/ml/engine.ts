import type { Tensors } from '../transforms/types.ts'

/** What runs tensors through the model: a session, or something around one that has the same form. */
export interface Engine {
  /**
   * The wanted outputs by name, with the shapes that they really have. Throws InvalidInput when the
   * model cannot run on these tensors; `signal` is aborted when nobody waits for the answer any more.
   */
  infer(tensors: Tensors, outputs: readonly string[], signal?: AbortSignal): Promise<Tensors>
  close(): Promise<void>
}
