import type { Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { Task } from '../words.ts'
import type { Answer, Label } from './answer.ts'
import { compareBest } from './best-label.ts'
import type { Origin } from './cases.ts'
import type { ReadNumbers } from './parity.ts'
import { rowDistance, rowLength } from './row-distance.ts'

/** What one of two models made of a request. */
export interface Answered {
  readonly name: string
  readonly origin: Origin
  readonly answer: Pick<Answer, 'outputs' | 'top'>
}

/** A row of a sample on which two models do not agree, and what each of them says. */
export interface Disagreement {
  readonly name: string
  /** From 0. */
  readonly row: number
  readonly original: string
  readonly candidate: string
}

export interface Agreement {
  /** What it means to agree: `the same best label`, `within 1 %`. */
  readonly measure: string
  /** Of all samples. */
  readonly rows: number
  /** Rows that agree, as a part of all of them; 0 where there are none. */
  readonly agreement: number
  readonly disagreements: readonly Disagreement[]
}

/** How models are compared. */
export interface GateRules {
  readonly task: Task
  /** The leading size of the outputs counts rows; else each request is one. */
  readonly rows: boolean
  readonly read: ReadNumbers
}

/**
 * How far a row of numbers may be off (row-distance.ts): 1 % of what a regression answers; 5 % for any other tensor, which for
 * an embedding is a cosine similarity of 0.999.
 */
const TOLERANCE = { classification: 0.05, regression: 0.01, tensor: 0.05 } as const satisfies Record<Task, number>

/**
 * Do two models answer the same requests alike? A row with labels agrees when the best one is the same; a row of floats when
 * it is within the tolerance of the task; of strings and integers when it is equal. Both lists have the same order. What was
 * made from the sample to try the edges does not count. Pure.
 */
export function measureAgreement(
  originals: readonly Answered[],
  candidates: readonly Answered[],
  rules: GateRules,
): Agreement {
  const counted = originals.flatMap((original, i): Pair[] => {
    const candidate = candidates[i]
    return candidate && original.origin !== 'made' ? [{ original, candidate }] : []
  })
  const typical = typicalLengths(counted, rules)
  const verdicts = counted.flatMap((pair) => compareLabels(pair) ?? compareNumbers(pair, rules, typical))
  const disagreements = verdicts.filter((verdict) => verdict !== null)
  const hasLabels = counted.some(({ original }) => original.answer.top !== null)
  return {
    measure: hasLabels ? 'the same best label' : `within ${TOLERANCE[rules.task] * 100} %`,
    rows: verdicts.length,
    agreement: verdicts.length === 0 ? 0 : (verdicts.length - disagreements.length) / verdicts.length,
    disagreements,
  }
}

interface Pair {
  readonly original: Answered
  readonly candidate: Answered
}

/** A verdict for each row, null where they agree. None at all where the original has no labels. */
function compareLabels({ original, candidate }: Pair): (Disagreement | null)[] | null {
  const bestOf = ({ answer }: Answered, row: number) => showLabel(answer.top?.[row]?.[0])
  const same = compareBest(original.answer, candidate.answer)
  return (
    same?.map((isSame, row) =>
      isSame ? null : { name: original.name, row, original: bestOf(original, row), candidate: bestOf(candidate, row) },
    ) ?? null
  )
}

/** By the name of an output. */
type Lengths = ReadonlyMap<string, number>

function compareNumbers({ original, candidate }: Pair, rules: GateRules, typical: Lengths): (Disagreement | null)[] {
  const count = countRows(original, rules)
  const verdicts = Array<Disagreement | null>(count).fill(null)
  for (const [output, tensor] of Object.entries(original.answer.outputs)) {
    const other = candidate.answer.outputs[output]
    const distances = outputDistances({ tensor, other, count }, rules, typical.get(output) ?? 0)
    for (const [row, distance] of distances.entries()) {
      if (distance <= TOLERANCE[rules.task]) continue
      verdicts[row] = { name: original.name, row, original: output, candidate: showDistance(distance) }
    }
  }
  return verdicts
}

interface OutputPair {
  readonly tensor: Tensor
  readonly other: Tensor | undefined
  /** Of rows. */
  readonly count: number
}

function outputDistances({ tensor, other, count }: OutputPair, { read }: GateRules, typical: number): number[] {
  const same = other?.dtype === tensor.dtype && other.data.length === tensor.data.length
  if (!same) return Array<number>(count).fill(Number.POSITIVE_INFINITY)
  if (isFloat(tensor)) {
    const others = splitEvenly(read(other), count)
    return splitEvenly(read(tensor), count).map((row, at) => rowDistance(row, others[at], typical))
  }
  const others = splitEvenly(Array.from(other.data, String), count)
  return splitEvenly(Array.from(tensor.data, String), count).map((row, at) => {
    return row.every((value, i) => value === others[at]?.[i]) ? 0 : Number.POSITIVE_INFINITY
  })
}

/** The median length of a row of each output: what is next to zero is measured by it. */
function typicalLengths(pairs: readonly Pair[], rules: GateRules): Lengths {
  const lengths = new Map<string, number[]>()
  for (const { original } of pairs) {
    for (const [output, tensor] of Object.entries(original.answer.outputs)) {
      if (!isFloat(tensor)) continue
      const own = splitEvenly(rules.read(tensor), countRows(original, rules)).map(rowLength)
      lengths.set(output, [...(lengths.get(output) ?? []), ...own])
    }
  }
  return new Map([...lengths].map(([output, own]) => [output, own.toSorted((a, b) => a - b)[own.length >> 1] ?? 0]))
}

/** The common leading size of all outputs, else one. */
function countRows({ answer }: Answered, { rows }: GateRules): number {
  const [first = 1, ...others] = Object.values(answer.outputs).map(({ shape }) => shape[0] ?? 1)
  return rows && others.every((size) => size === first) ? first : 1
}

function splitEvenly<List extends { readonly length: number; slice(start: number, end: number): List }>(
  list: List,
  count: number,
): List[] {
  const size = list.length / count
  return Array.from({ length: count }, (_, row) => list.slice(row * size, (row + 1) * size))
}

function isFloat({ dtype }: Tensor): boolean {
  return dtype.startsWith('float')
}

function showLabel(best: Label | undefined): string {
  return best ? `"${best.label}" (${best.score.toPrecision(3)})` : 'no label'
}

function showDistance(distance: number): string {
  return Number.isFinite(distance) ? `off by ${(distance * 100).toPrecision(2)} %` : 'something else'
}
