import type { Tensors } from '../transforms/types.ts'
import type { Call } from './call.ts'

/** What runs tensors through the model: a session, or something around one that has the same form. */
export interface Engine {
  /**
   * The wanted outputs by name, with the shapes that they really have. `call` is who waits for them. Throws InvalidInput
   * when the model cannot run on these tensors, Unavailable and DeadlineExceeded when it did not come to that.
   */
  infer(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors>
  close(): Promise<void>
}
