import { explainProblem } from '../problem.ts'
import { find, make } from './dom.ts'

/** What a message is about: a newer one takes the place of an older one. */
export type Topic = 'model' | 'input' | 'camera' | 'device' | 'offline' | 'release' | 'update'

export interface Notice {
  readonly message: string
  readonly hint?: string
  readonly isError?: boolean
  readonly action?: { readonly label: string; run(): void }
}

const place = find('notices', HTMLElement)
const shown = new Map<Topic, HTMLElement>()

export function showNotice(topic: Topic, { message, hint = '', isError = false, action }: Notice): void {
  clearNotice(topic)
  const element = make('div', { className: isError ? 'notice error' : 'notice' }, make('p', {}, message))
  if (hint) element.append(make('p', { className: 'hint' }, hint))
  if (action) {
    const button = make('button', { type: 'button' }, action.label)
    button.addEventListener('click', action.run)
    element.append(button)
  }
  shown.set(topic, element)
  place.append(element)
}

export function showProblem(topic: Topic, error: unknown, action?: Notice['action']): void {
  const { message, hint } = explainProblem(error)
  showNotice(topic, { message, hint, isError: true, ...(action && { action }) })
}

export function clearNotice(topic: Topic): void {
  shown.get(topic)?.remove()
  shown.delete(topic)
}
