import type { Opened } from '../messages.ts'
import { find, make } from './dom.ts'
import { clearNotice, showNotice } from './notices.ts'
import { showBytes } from './numbers.ts'
import type { PageStorage } from './offline.ts'

const loading = find('loading', HTMLElement)
const progress = find('progress', HTMLProgressElement)
const loaded = find('loaded', HTMLElement)
const NAMES = { wasm: 'WebAssembly', webgpu: 'WebGPU' } as const

export function showLoading(): void {
  loading.hidden = false
  progress.removeAttribute('value')
  loaded.textContent = 'Starting ...'
  clearNotice('model')
  clearNotice('device')
  clearNotice('release')
}

export function hideLoading(): void {
  loading.hidden = true
}

export function showProgress(bytes: number, total: number): void {
  progress.max = total
  progress.value = bytes
  loaded.textContent = bytes < total ? `${showBytes(bytes)} of ${showBytes(total)}` : 'Making it ready ...'
}

/** On what the model runs, and what is not as it was wanted. */
export function showOpened({ device, threads, reason, notes, model }: Opened): void {
  loading.hidden = true
  find('device-summary', HTMLElement).textContent = device === 'wasm' ? `${NAMES.wasm} x ${threads}` : NAMES[device]
  const facts = {
    'Runs on': `${NAMES[device]}, ${threads === 1 ? '1 thread' : `${threads} threads`}: ${reason}`,
    'Threads can be used': globalThis.crossOriginIsolated ? 'yes' : 'no: the host does not send the headers',
    Model: `${showBytes(model.bytes)}, ${model.precision}, version ${model.version}`,
    'SHA-256 of the model': model.sha256,
  }
  const entries = Object.entries(facts).map(([name, value]) =>
    make('div', {}, make('dt', {}, name), make('dd', {}, value)),
  )
  find('facts', HTMLElement).replaceChildren(...entries)
  if (notes.length > 0) showNotice('device', { message: notes.join(' ') })
}

/** Whether all is here to work without a network; if not, why. */
export function showOffline({ missing }: PageStorage, { isStored }: Pick<Opened, 'isStored'>): void {
  const place = find('offline', HTMLElement)
  if (missing === null && isStored) {
    place.textContent = 'Works without a network: everything is on this device.'
    clearNotice('offline')
    return
  }
  const reason = missing ?? 'there is no room for the model on this device'
  place.textContent = 'Works only with a network.'
  showNotice('offline', { message: `This works, but not without a network: ${reason}.` })
}
