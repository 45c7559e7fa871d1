import { type Answer, MESSAGES } from '../update/answer.ts'
import { find } from './dom.ts'
import type { Engine } from './engine.ts'
import { showNotice } from './notices.ts'

const button = find('update-look', HTMLButtonElement)
const place = find('update-answer', HTMLElement)

/**
 * Looks for a new model at each start, and at a click. One that is ready is used from the next start on, or at once with
 * `restart`. Where none are released there is nothing to see.
 */
export function offerModelUpdates(engine: () => Engine | undefined, restart: () => void): () => Promise<void> {
  // Who looks again is told that all is up to date: this one is what it is up to.
  let isStaged = false
  const use = () => {
    isStaged = false
    restart()
  }

  async function look(): Promise<void> {
    button.disabled = true
    place.textContent = 'Looking for a new model ...'
    try {
      const answer = await engine()?.call('update', null)
      isStaged ||= answer === 'staged'
      if (answer) showAnswer(isStaged && answer === 'up_to_date' ? 'staged' : answer, use)
    } catch {
      // The worker was closed meanwhile: the next one looks again.
    } finally {
      button.disabled = false
    }
  }
  button.addEventListener('click', () => void look())
  return look
}

function showAnswer(answer: Answer, use: () => void): void {
  find('update', HTMLElement).hidden = false
  place.textContent = MESSAGES[answer]
  if (answer === 'staged') {
    showNotice('release', { message: 'A new model is ready.', action: { label: 'Use it now', run: use } })
  }
}
