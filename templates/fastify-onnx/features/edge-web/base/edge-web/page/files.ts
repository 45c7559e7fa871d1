import type { Json } from '../../src/transforms/types.ts'
import type { Input } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'
import { find } from './dom.ts'

/** Lets a file be chosen, dropped or pasted. */
export function offerFiles(takesImages: boolean, choose: (file: File) => void): void {
  const input = find('file', HTMLInputElement)
  const drop = find('drop', HTMLElement)
  input.accept = takesImages ? 'image/png,image/jpeg,image/webp' : 'application/json,.json'
  if (!takesImages) {
    find('file-title', HTMLElement).textContent = 'Choose a JSON file'
    find('file-hint', HTMLElement).textContent = '{"data": ...}, as POST /predict takes it'
  }
  const first = (files: FileList | null | undefined) => {
    const [file] = files ?? []
    if (file) choose(file)
  }
  input.addEventListener('change', () => {
    first(input.files)
    // So that the same file can be chosen again.
    input.value = ''
  })
  for (const event of ['dragover', 'dragleave', 'drop'] as const) {
    drop.addEventListener(event, (dragged) => {
      dragged.preventDefault()
      drop.classList.toggle('over', event === 'dragover')
      if (event === 'drop') first(dragged.dataTransfer?.files)
    })
  }
  document.addEventListener('paste', ({ clipboardData }) => first(clipboardData?.files))
}

/** A file as an input of the model. Throws Problem. */
export async function readFile(file: Blob, takesImages: boolean): Promise<Input> {
  if (takesImages) return { kind: 'image', image: file }
  try {
    const content: Json = JSON.parse(await file.text())
    const { data = content } = Object(content)
    return { kind: 'data', data }
  } catch (error) {
    throw new Problem({
      code: 'input',
      message: `The file is no JSON: ${messageOf(error)}.`,
      hint: 'Choose another one.',
    })
  }
}
