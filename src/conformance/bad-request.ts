import { type Case, inferCase, type Level } from './case.ts'
import { expectRefusal } from './expect.ts'
import { changeInput, type Draft, writeBody, writeDraft } from './infer-request.ts'
import { type Answered, draft, post } from './subject.ts'
import type { Tensor } from './tensor.ts'

export type Written = ReturnType<typeof writeDraft>

/** A request that is wrong in one way, and must be answered with 4xx and `{"error"}`. */
export interface BadRequest {
  readonly id: string
  readonly title: string
  readonly level?: Level
  readonly source: string
  /** What is sent: JSON as it is, a changed draft, or all of the message; undefined: this model cannot be asked so. */
  make(subject: Answered, right: Draft): string | Draft | Written | undefined
  /** Why `make` answers undefined. */
  readonly lacks?: string
}

/** As a case; `toCase` says which servers it is asked of. */
export function refusalCase({ make, lacks, ...rest }: BadRequest, toCase = inferCase): Case {
  const write = (subject: Answered) => toMessage(make(subject, draft(subject)))
  return toCase({
    ...rest,
    skip: (subject) => (write(subject) === undefined ? (lacks ?? 'the model has no inputs') : undefined),
    run: async (subject) => {
      const message = write(subject)
      if (message) expectRefusal(await post(subject, message))
    },
  })
}

function toMessage(made: string | Draft | Written | undefined): Written | undefined {
  if (typeof made === 'string') return writeBody(made)
  return made !== undefined && 'inputs' in made ? writeDraft(made) : made
}

/** Changes the first input for which `fits` holds; undefined when there is none. */
export function changeFirst(
  { tensors }: Answered,
  right: Draft,
  change: (tensor: Tensor) => Readonly<Record<string, unknown>>,
  fits: (tensor: Tensor) => boolean = () => true,
): Draft | undefined {
  const index = tensors.findIndex(fits)
  const tensor = tensors[index]
  return tensor && changeInput(right, index, change(tensor))
}
