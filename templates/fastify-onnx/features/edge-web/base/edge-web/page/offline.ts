import { urlOf } from '../app.ts'
import { messageOf } from '../problem.ts'
import { showNotice } from './notices.ts'

/** How long to wait for the service worker before the page starts without it. */
const PATIENCE_MS = 8000
const RELOADED = 'reloaded-for-threads'

/** Whether the page itself is on the device: null, or why it is not. */
export interface PageStorage {
  readonly missing: string | null
}

/**
 * Puts the page on the device. Where the host does not send the headers that threads need, the service worker does: then the
 * page is loaded a second time, once, before anything else.
 */
export async function storePage(): Promise<PageStorage> {
  if (!navigator.serviceWorker) return { missing: 'this page was not opened over https' }
  try {
    const registration = await navigator.serviceWorker.register(urlOf('service-worker.js'), { updateViaCache: 'none' })
    offerUpdate(registration)
    await isActive(registration)
    if (!globalThis.crossOriginIsolated) await reloadOnce()
    return { missing: null }
  } catch (error) {
    return { missing: messageOf(error) }
  }
}

/** The same, once the samples were loaded too. */
export async function withSamples(storing: Promise<PageStorage>, samples: Promise<number>): Promise<PageStorage> {
  const [{ missing }, count] = await Promise.all([storing, samples])
  if (missing !== null || count === 0) return { missing }
  return { missing: count === 1 ? 'a sample could not be loaded' : `${count} samples could not be loaded` }
}

/** Throws when its files could not be stored. */
async function isActive(registration: ServiceWorkerRegistration): Promise<void> {
  const { installing } = registration
  if (registration.active || !installing) return
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error('storing it takes too long')), PATIENCE_MS)
    installing.addEventListener('statechange', () => {
      if (installing.state === 'activated') resolve()
      if (installing.state === 'redundant') reject(new Error('it could not be stored: is the device full?'))
    })
  })
}

/** Not again where that did not help, such as in a browser without shared memory. */
async function reloadOnce(): Promise<void> {
  try {
    if (sessionStorage.getItem(RELOADED)) return
    sessionStorage.setItem(RELOADED, 'yes')
  } catch {
    return // a browser that keeps nothing would reload for ever
  }
  location.reload()
  await new Promise(() => undefined)
}

/** A new version of the page waits until it is wanted: the one that is open goes on with its own files. */
function offerUpdate(registration: ServiceWorkerRegistration): void {
  const offer = (worker: ServiceWorker | null) => {
    if (!worker || !navigator.serviceWorker.controller) return
    const run = () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload())
      worker.postMessage('activate')
    }
    showNotice('update', { message: 'A new version of this page is ready.', action: { label: 'Use it now', run } })
  }
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => installing.state === 'installed' && offer(installing))
  })
}
