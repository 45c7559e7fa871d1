import type { Json } from '../../src/transforms/types.ts'
import { urlOf } from '../app.ts'
import type { Golden, Vector } from '../golden.ts'
import type { Input } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'
import { find, make } from './dom.ts'
import { hidePreview, showPreview } from './preview.ts'

const TINY_PIXELS = 100

export interface Samples {
  readonly buttons: readonly HTMLButtonElement[]
  /** How many pictures could not be had, once all were tried: the service worker keeps those that could. */
  readonly missing: Promise<number>
}

/** Shows the samples of vars.yaml and of `--samples` as buttons; `fail` is told why one cannot be had. */
export function offerSamples(golden: Golden, answer: (input: Input) => void, fail: (error: unknown) => void): Samples {
  const place = find('samples', HTMLElement)
  const samples = golden.vectors.filter(({ origin }) => origin !== 'made')
  place.classList.toggle(
    'text',
    samples.some(({ kind }) => kind === 'json'),
  )
  const buttons = samples.map((vector) => {
    const button = vector.file === undefined ? makeText(vector) : makeImage(vector, vector.file)
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button))
      loadSample(vector).then((input) => {
        if (input.kind === 'image' && input.image instanceof Blob) showPreview(input.image)
        else hidePreview()
        answer(input)
      }, fail)
    })
    return button
  })
  const missing = countMissing(buttons.flatMap((button) => [...button.querySelectorAll('img')]))
  place.append(...buttons)
  return { buttons, missing }
}

async function countMissing(images: readonly HTMLImageElement[]): Promise<number> {
  const loads = images.map(
    (image) =>
      new Promise<boolean>((resolve) => {
        image.addEventListener('load', () => resolve(true))
        image.addEventListener('error', () => resolve(false))
      }),
  )
  return (await Promise.all(loads)).filter((isLoaded) => !isLoaded).length
}

function makeImage({ name }: Vector, file: string): HTMLButtonElement {
  const image = make('img', { alt: `Sample ${name}`, decoding: 'async' })
  image.addEventListener('load', () => image.classList.toggle('tiny', image.naturalWidth < TINY_PIXELS))
  image.src = urlOf(file)
  return make('button', { type: 'button', title: name, 'aria-pressed': 'false' }, image)
}

function makeText({ name, data = null }: Vector): HTMLButtonElement {
  return make('button', { type: 'button', 'aria-pressed': 'false' }, name, make('span', {}, shorten(data)))
}

function shorten(data: Json): string {
  const text = JSON.stringify(data)
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

async function loadSample({ name, file, data = null }: Vector): Promise<Input> {
  if (file === undefined) return { kind: 'data', data }
  try {
    const response = await fetch(urlOf(file))
    if (!response.ok) throw new Error(`the host answered ${response.status}`)
    return { kind: 'image', image: await response.blob() }
  } catch (error) {
    const message = `The sample ${name} could not be loaded: ${messageOf(error)}.`
    throw new Problem({ code: 'download', message, hint: 'Check the connection and try again.' })
  }
}
