import { contract } from '../src/contract.ts'
import { Answerer } from './page/answer.ts'
import { offerCheck } from './page/check-view.ts'
import { find } from './page/dom.ts'
import { Engine } from './page/engine.ts'
import { offerInputs } from './page/inputs.ts'
import { hideLoading, showLoading, showOffline, showOpened, showProgress } from './page/model-view.ts'
import { showProblem } from './page/notices.ts'
import { storePage, withSamples } from './page/offline.ts'
import { offerSettings, readSettings } from './page/settings.ts'
import { offerModelUpdates } from './page/update-view.ts'

// The page, from top to bottom: what it is told goes to the worker, what the worker answers is shown.

const answerer = new Answerer()
let engine: Engine | undefined

document.title = contract.name
find('name', HTMLElement).textContent = contract.name

const page = storePage()
// At the first visit it may load the page anew, and what is loaded before is not stored.
if (!navigator.serviceWorker?.controller) await page
const storing = withSamples(page, offerInputs(answerer))
offerSettings(() => void open())
const check = offerCheck(() => engine)
const lookForUpdate = offerModelUpdates(
  () => engine,
  () => void open(),
)
for (const id of ['device', 'check']) find(id, HTMLElement).hidden = false
await open()
if (new URLSearchParams(location.search).has('check')) await check()

/** Loads the model for the device that is chosen, in a worker of its own. */
async function open(): Promise<void> {
  answerer.use(undefined)
  engine?.close()
  showLoading()
  const opening = new Engine(showProgress)
  engine = opening
  try {
    const opened = await opening.call('open', readSettings())
    if (engine !== opening) return
    showOpened(opened)
    answerer.use(opening)
    void lookForUpdate()
    void storing.then((stored) => {
      if (engine === opening) showOffline(stored, opened)
    })
  } catch (error) {
    // Another one was chosen meanwhile.
    if (engine !== opening) return
    hideLoading()
    showProblem('model', error, { label: 'Try again', run: () => void open() })
  }
}
