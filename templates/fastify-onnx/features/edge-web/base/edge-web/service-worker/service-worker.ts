/**
 * Keeps the page on the device, so that it opens without a network, and adds the headers that threads need where the host does
 * not send them. The model and the runtime are kept by the worker that uses them, after their hashes were compared.
 *
 * A script, not a module: `edge export` writes BUILD in front of it.
 */

/** What belongs to this version of the export. */
declare const BUILD: {
  readonly version: string
  /** Files without which the page does not open. */
  readonly shell: readonly string[]
  /** Folders whose files are kept when they are first used. */
  readonly kept: readonly string[]
  /** Of files that are kept elsewhere. */
  readonly except: string
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>
}

start(self as unknown as ServiceWorkerGlobalScope) // what this script runs in, which no type can say

function start(worker: ServiceWorkerGlobalScope): void {
  const scope = worker.registration.scope
  // An origin may have several exports, each in a folder of its own.
  const prefix = `edge-page:${scope}:`
  const cacheName = prefix + BUILD.version
  const shell = new Set(BUILD.shell.map((file) => new URL(file, scope).href))
  const kept = BUILD.kept.map((folder) => new URL(folder, scope).href)

  worker.addEventListener('install', (event) => event.waitUntil(storeShell()))
  worker.addEventListener('activate', (event) => event.waitUntil(takeOver()))
  worker.addEventListener('message', ({ data }) => {
    if (data === 'activate') void worker.skipWaiting()
  })
  worker.addEventListener('fetch', (event) => {
    const { method, mode, url } = event.request
    const address = url.split(/[?#]/, 1).join()
    if (method !== 'GET' || !address.startsWith(scope)) return
    const file = mode === 'navigate' && address === scope ? `${scope}index.html` : address
    if (shell.has(file)) event.respondWith(fromShell(file))
    else if (isKept(file)) event.respondWith(fromKept(file))
  })

  function isKept(file: string): boolean {
    return kept.some((folder) => file.startsWith(folder)) && !file.endsWith(BUILD.except)
  }

  async function storeShell(): Promise<void> {
    const cache = await caches.open(cacheName)
    await cache.addAll([...shell].map((file) => new Request(file, { cache: 'no-cache' })))
  }

  async function takeOver(): Promise<void> {
    const names = await caches.keys()
    const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName)
    await Promise.all(old.map((name) => caches.delete(name)))
    await worker.clients.claim()
  }

  async function fromShell(file: string): Promise<Response> {
    const cache = await caches.open(cacheName)
    // A browser may throw away what it keeps.
    return withHeaders((await cache.match(file)) ?? (await fetch(file)))
  }

  async function fromKept(file: string): Promise<Response> {
    const cache = await caches.open(cacheName)
    const stored = await cache.match(file)
    if (stored) return withHeaders(stored)
    const response = await fetch(file)
    // Without room it is asked for again.
    if (response.ok) await cache.put(file, response.clone()).catch(() => undefined)
    return withHeaders(response)
  }

  function withHeaders(response: Response): Response {
    const { body, status, statusText } = response
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(BUILD.headers)) headers.set(name, value)
    return new Response(body, { status, statusText, headers })
  }
}
