import type { Checked } from '../messages.ts'
import { find, make } from './dom.ts'
import type { Engine } from './engine.ts'
import { showProblem } from './notices.ts'
import { makeTable } from './result.ts'

/** Outputs may differ by so much: processors round in other orders. */
const TOLERANCE = 1e-5

const button = find('check-start', HTMLButtonElement)
const summary = find('check-summary', HTMLElement)

/** The golden vectors computed on this device, at a click, or at once with `?check` in the address. */
export function offerCheck(engine: () => Engine | undefined): () => Promise<void> {
  async function run(): Promise<void> {
    const current = engine()
    if (!current) return
    find('check', HTMLDetailsElement).open = true
    button.disabled = true
    summary.textContent = 'running ...'
    try {
      showChecked(await current.call('check', null))
    } catch (error) {
      summary.textContent = 'failed'
      showProblem('model', error)
    } finally {
      button.disabled = false
    }
  }
  button.addEventListener('click', () => void run())
  return run
}

function showChecked(checked: readonly Checked[]): void {
  const passed = checked.filter((one) => one.sameBits && one.maxError <= TOLERANCE && one.sameTop)
  summary.textContent = `${passed.length} of ${checked.length} the same`
  const lines = checked.map(({ name, sameBits, sameBitsFromPixels, maxError, sameTop }) => [
    name,
    sameBits ? yes('same') : no(sameBitsFromPixels ? 'other decoder' : 'differ'),
    maxError <= TOLERANCE ? yes(maxError.toExponential(1)) : no(maxError.toExponential(1)),
    sameTop ? yes('same') : no('differs'),
  ])
  find('checked', HTMLElement).replaceChildren(makeTable(['Input', 'Bits', 'Largest error', 'Label'], lines))
}

function yes(text: string): HTMLElement {
  return make('span', { className: 'yes' }, text)
}

function no(text: string): HTMLElement {
  return make('span', { className: 'no' }, text)
}
