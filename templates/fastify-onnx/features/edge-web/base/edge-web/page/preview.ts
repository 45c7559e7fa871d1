import { find } from './dom.ts'

/** Smaller images are shown with their pixels. */
const TINY_PIXELS = 100

const image = find('preview', HTMLImageElement)
image.addEventListener('load', () => {
  image.classList.toggle('tiny', image.naturalWidth < TINY_PIXELS)
  URL.revokeObjectURL(image.src)
})
// The message about a file that is no image comes from where it is decoded.
image.addEventListener('error', hidePreview)

export function showPreview(file: Blob): void {
  image.src = URL.createObjectURL(file)
  image.hidden = false
}

export function hidePreview(): void {
  image.hidden = true
}
