import type { Outcome, Ranked, Shown, Stages } from '../messages.ts'
import { find, make } from './dom.ts'
import { showMs, showNumber, showScore } from './numbers.ts'

const MOST_ROWS = 20
/** A camera answers many times a second: what is read aloud waits until the label has stayed for a while. */
const SPOKEN_AFTER_MS = 700

const section = find('result', HTMLElement)
const best = find('best', HTMLElement)
const rankings = find('rankings', HTMLElement)
const stages = find('stages', HTMLElement)
const spoken = find('spoken', HTMLElement)
let timer = 0
let isFirst = true

export function showOutcome(outcome: Outcome): void {
  section.hidden = false
  const [ranking] = outcome.rankings ?? []
  if (ranking && outcome.rankings?.length === 1) showRanking(ranking)
  else if (outcome.rankings) showRows(outcome.rankings)
  else showValues(outcome.values)
  showStages(outcome.stages)
  speak()
  // For who measures how long a person waits for it.
  if (isFirst) performance.mark('first-answer')
  isFirst = false
}

function showRanking(ranking: readonly Ranked[]): void {
  const [first] = ranking
  const width = barWidths(ranking)
  const score = (entry: Ranked) => showScore(entry.score, width.areProbabilities)
  best.replaceChildren(first?.label ?? '', make('small', {}, first ? score(first) : ''))
  // The same bars change their width, so that they move and do not flicker.
  const list = rankings.querySelector('ol') ?? make('ol', { className: 'ranking' })
  if (list.parentElement !== rankings || list.children.length !== ranking.length) {
    list.replaceChildren(...ranking.map(makeBar))
    rankings.replaceChildren(list)
  }
  ranking.forEach((entry, index) => {
    const [label, number, bar] = list.children[index]?.children ?? []
    if (label) label.textContent = entry.label
    if (number) number.textContent = score(entry)
    if (bar?.firstElementChild instanceof HTMLElement) bar.firstElementChild.style.width = width.of(entry)
  })
}

function makeBar(): HTMLElement {
  const bar = make('div', { className: 'bar', 'aria-hidden': 'true' }, make('i'))
  return make('li', {}, make('span'), make('span', { className: 'score' }), bar)
}

/** Probabilities are shares of the whole; other scores stand between the lowest and the highest. */
function barWidths(ranking: readonly Ranked[]) {
  const scores = ranking.map(({ score }) => score)
  const areProbabilities = scores.every((score) => score >= 0 && score <= 1)
  const [low, high] = areProbabilities ? [0, 1] : [Math.min(0, ...scores), Math.max(...scores)]
  const of = ({ score }: Ranked) => `${(100 * (score - low)) / (high - low || 1)}%`
  return { areProbabilities, of }
}

function showRows(rows: readonly (readonly Ranked[])[]): void {
  best.replaceChildren(`${rows.length} rows`)
  const lines = rows.slice(0, MOST_ROWS).map(([first], index) => {
    const score = first ? showNumber(first.score) : ''
    return [String(index + 1), first?.label ?? '', score]
  })
  rankings.replaceChildren(makeTable(['Row', 'Label', 'Score'], lines))
}

function showValues(values: readonly Shown[]): void {
  const [only] = values
  const isOne = values.length === 1 && only?.elements.length === 1
  best.replaceChildren(isOne ? showElement(only.elements[0]) : 'Answer')
  if (isOne) {
    rankings.replaceChildren()
    return
  }
  const lines = values.map(({ name, dtype, shape, elements }) => {
    const isWhole = shape.reduce((size, dim) => size * dim, 1) === elements.length
    const text = elements.map(showElement).join(', ') + (isWhole ? '' : ', ...')
    return [name, `${dtype} [${shape.join(', ')}]`, text]
  })
  rankings.replaceChildren(makeTable(['Output', 'Type', 'Values'], lines))
}

function showElement(element: unknown): string {
  return typeof element === 'number' ? showNumber(element) : String(element)
}

export function makeTable(head: readonly string[], lines: readonly (readonly (Node | string)[])[]): HTMLElement {
  const headers = head.map((text) => make('th', { scope: 'col' }, text))
  const rows = lines.map((cells) => make('tr', {}, ...cells.map((cell) => make('td', {}, cell))))
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...headers)), make('tbody', {}, ...rows))
  return make('div', { className: 'table' }, table)
}

function showStages({ decode, preprocess, inference, postprocess }: Stages): void {
  const entries = Object.entries({
    Decode: decode,
    Preprocess: preprocess,
    Inference: inference,
    Postprocess: postprocess,
  })
  stages.replaceChildren(
    ...entries.map(([name, ms]) => make('div', {}, make('dt', {}, name), make('dd', {}, showMs(ms)))),
  )
}

function speak(): void {
  const text = best.innerText.replaceAll('\n', ', ')
  if (text === spoken.textContent) return
  clearTimeout(timer)
  timer = setTimeout(() => {
    spoken.textContent = text
  }, SPOKEN_AFTER_MS)
}
