import { find, make } from './dom.ts'

/** Ways to give an input, and the part of the page that belongs to each. */
export const PANELS = {
  samples: 'samples-panel',
  camera: 'camera-panel',
  file: 'file-panel',
  form: 'form-panel',
} as const

export type Source = keyof typeof PANELS

export interface SourceChoice {
  readonly source: Source
  readonly label: string
}

/** Lets one of them be chosen; `changed` is told which. */
export function offerSources(choices: readonly SourceChoice[], changed: (source: Source) => void): void {
  const place = find('sources', HTMLElement)
  for (const { source, label } of choices) {
    const radio = make('input', { type: 'radio', name: 'source', value: source, className: 'visually-hidden' })
    radio.addEventListener('change', () => choose(source, changed))
    place.append(make('label', {}, radio, label))
  }
  const [first] = choices
  if (!first) return
  place.querySelector('input')?.click()
}

function choose(source: Source, changed: (source: Source) => void): void {
  for (const [name, id] of Object.entries(PANELS)) find(id, HTMLElement).hidden = name !== source
  changed(source)
}
