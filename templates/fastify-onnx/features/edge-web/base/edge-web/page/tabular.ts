import { contract } from '../../src/contract.ts'
import { sampleData } from '../../src/transforms/sample.ts'
import type { Json } from '../../src/transforms/types.ts'
import type { Input } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'
import { find } from './dom.ts'
import { type FormPart, makeFormPart } from './form.ts'
import { showProblem } from './notices.ts'

/** Fields for what the model takes, made from the contract; each change of a value is answered. */
export function offerForm(answer: (input: Input, refused: (problem: Problem) => void) => void): () => void {
  const form = find('form-panel', HTMLFormElement)
  const sample = sampleData(contract)
  const parts = contract.inputs.map((spec) => {
    return [
      spec.name,
      makeFormPart(spec, contract.inputs.length === 1 ? sample : namedValue(sample, spec.name)),
    ] as const
  })
  find('fields', HTMLElement).append(...parts.flatMap(([, { elements }]) => elements))

  function predict(): void {
    clearMarks(form)
    try {
      answer({ kind: 'data', data: readParts(parts) }, ({ pointers }) => pointers.forEach(mark))
    } catch (error) {
      const message = `The values are no JSON: ${messageOf(error)}.`
      showProblem('input', new Problem({ code: 'input', message, hint: 'Correct the text.' }))
    }
  }

  function mark(pointer: string): void {
    const [, ...path] = pointer.split('/').slice(1)
    const [only] = parts
    const isOne = parts.length === 1
    const part = isOne ? only?.[1] : parts.find(([name]) => name === path[0])?.[1]
    part?.controlAt(isOne ? path : path.slice(1))?.setAttribute('aria-invalid', 'true')
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    predict()
  })
  form.addEventListener('input', predict)
  form.addEventListener('reset', () => setTimeout(predict))
  return predict
}

function readParts(parts: readonly (readonly [string, FormPart])[]): Json {
  const [only] = parts
  if (only && parts.length === 1) return only[1].read()
  return Object.fromEntries(parts.map(([name, part]) => [name, part.read()]))
}

function namedValue(sample: Json, name: string): Json {
  const { [name]: value = null } = Object(sample)
  return value
}

function clearMarks(form: HTMLFormElement): void {
  for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid')
}
