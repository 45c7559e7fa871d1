import { messageOf, Problem } from '../problem.ts'

/** Larger pictures would only be made smaller again. */
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 } }

/** Takes one picture after the other, each when the one before was answered. */
export class Camera {
  readonly #video: HTMLVideoElement
  readonly #answer: (picture: ImageBitmap) => Promise<void>
  readonly #changed: (isOn: boolean) => void
  #facing: 'environment' | 'user' = 'environment'
  #stream: MediaStream | undefined

  constructor(
    video: HTMLVideoElement,
    answer: (picture: ImageBitmap) => Promise<void>,
    changed: (isOn: boolean) => void,
  ) {
    this.#video = video
    this.#answer = answer
    this.#changed = changed
  }

  get isOn(): boolean {
    return this.#stream !== undefined
  }

  /** Asks for the camera where that was not allowed before. Throws Problem `camera`. */
  async start(): Promise<void> {
    this.stop()
    const stream = await openCamera(this.#facing)
    this.#stream = stream
    this.#video.srcObject = stream
    await this.#video.play()
    this.#changed(true)
    void this.#run(stream)
  }

  async turn(): Promise<void> {
    this.#facing = this.#facing === 'environment' ? 'user' : 'environment'
    await this.start()
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    this.#stream = undefined
    this.#video.srcObject = null
    this.#changed(false)
  }

  async #run(stream: MediaStream): Promise<void> {
    while (this.#stream === stream) {
      await nextPicture()
      if (this.#stream === stream && this.#video.videoWidth > 0)
        await this.#answer(await createImageBitmap(this.#video))
    }
  }
}

/** Not while the page cannot be seen. */
function nextPicture(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve))
}

/** Whether there is another one to turn to. Known only after one was allowed. */
export async function hasSeveralCameras(): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  return devices.filter(({ kind }) => kind === 'videoinput').length > 1
}

const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: 'The camera may not be used: this page has no permission.',
  NotFoundError: 'This device has no camera.',
  NotReadableError: 'Another program is using the camera.',
}

async function openCamera(facingMode: string): Promise<MediaStream> {
  const hint = 'Choose a photo instead, or allow the camera in the settings of the browser and start it again.'
  // Missing where a page was not opened over https.
  if (!navigator.mediaDevices)
    throw new Problem({ code: 'camera', message: 'The camera needs a page over https.', hint })
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode, ...PICTURE }, audio: false })
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    throw new Problem({
      code: 'camera',
      message: REASONS[name] ?? `The camera does not start: ${messageOf(error)}.`,
      hint,
    })
  }
}
