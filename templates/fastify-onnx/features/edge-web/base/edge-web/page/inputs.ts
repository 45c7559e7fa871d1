import { contract } from '../../src/contract.ts'
import { loadGolden } from '../golden.ts'
import type { Input } from '../messages.ts'
import type { Problem } from '../problem.ts'
import type { Answerer } from './answer.ts'
import { Camera, hasSeveralCameras } from './camera.ts'
import { find } from './dom.ts'
import { offerFiles, readFile } from './files.ts'
import { clearNotice, showProblem } from './notices.ts'
import { hidePreview, showPreview } from './preview.ts'
import { offerSamples } from './samples.ts'
import { offerSources, type Source, type SourceChoice } from './sources.ts'
import { offerForm } from './tabular.ts'

const takesImages = contract.preprocess.kind === 'image'

const FOR_IMAGES: readonly SourceChoice[] = [
  { source: 'samples', label: 'Samples' },
  { source: 'camera', label: 'Camera' },
  { source: 'file', label: 'Photo' },
]
const FOR_VALUES: readonly SourceChoice[] = [
  { source: 'form', label: 'Values' },
  { source: 'samples', label: 'Samples' },
  { source: 'file', label: 'File' },
]

/**
 * All the ways to give the model an input. The sample is given at once, so that there is an answer to look at. Resolves when the
 * samples were loaded, to the number of those that could not be.
 */
export async function offerInputs(answerer: Answerer): Promise<number> {
  const camera = offerCamera((picture) => answerer.answer({ kind: 'image', image: picture }))
  const answer = (input: Input, refused?: (problem: Problem) => void) => void answerer.answer(input, refused)
  const answerFile = (file: Blob) => {
    showPreviewOf(takesImages ? file : null)
    readFile(file, takesImages).then(answer, (error) => showProblem('input', error))
  }
  const predict = takesImages ? undefined : offerForm(answer)
  offerFiles(takesImages, answerFile)
  find('input', HTMLElement).hidden = false
  offerSources(takesImages ? FOR_IMAGES : FOR_VALUES, (source: Source) => {
    if (source !== 'camera') camera.stop()
    else showPreviewOf(null)
  })
  predict?.()
  try {
    const { buttons, missing } = offerSamples(await loadGolden(), answer, (error) => showProblem('input', error))
    if (takesImages) buttons[0]?.click()
    return await missing
  } catch (error) {
    showProblem('input', error)
    return 0
  }
}

function showPreviewOf(file: Blob | null): void {
  if (file) showPreview(file)
  else hidePreview()
}

function offerCamera(answer: (picture: ImageBitmap) => Promise<void>): Camera {
  const start = find('camera-start', HTMLButtonElement)
  const turn = find('camera-turn', HTMLButtonElement)
  const camera = new Camera(find('video', HTMLVideoElement), answer, (isOn) => {
    start.textContent = isOn ? 'Stop the camera' : 'Start the camera'
    if (!isOn) turn.hidden = true
  })

  async function run(change: () => Promise<void>): Promise<void> {
    try {
      await change()
      clearNotice('camera')
      turn.hidden = !(await hasSeveralCameras())
    } catch (error) {
      showProblem('camera', error)
    }
  }
  start.addEventListener('click', () => {
    if (camera.isOn) camera.stop()
    else void run(() => camera.start())
  })
  turn.addEventListener('click', () => void run(() => camera.turn()))
  return camera
}
