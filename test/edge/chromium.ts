import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, expect, onTestFinished } from 'vitest'
import { hostStatically, type StaticHost } from './static-host.ts'

/** Debian's; CHROMIUM names another one. */
const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium'

const PATIENCE_MS = 30_000

export const hasChromium = existsSync(PATH)

/** Why the tests of the page are skipped, for their names. */
export const WITHOUT = hasChromium ? '' : ` (skipped: there is no ${PATH}; CHROMIUM names another one)`

let shared: Promise<Browser> | undefined

/** One browser for all tests of a file, with the camera that Chromium makes up, and WebGPU on the processor where it can. */
async function openBrowser(): Promise<Browser> {
  shared ??= chromium.launch({
    executablePath: PATH,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  })
  return shared
}

afterAll(async () => (await shared)?.close())

/** A person with a browser of their own: nothing stored, no permission given. */
export async function openContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  const browser = await openBrowser()
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  return context
}

/** A page that fails the test when a script of it fails, or its own rules stop it. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) errors.push(message.text())
  })
  onTestFinished(() => {
    if (errors.length > 0) throw new Error(errors.join('\n'))
  })
  await page.goto(url)
  return page
}

/** The files of an export on a host that knows nothing of them, until the test is over. */
export async function host(folder: string): Promise<StaticHost> {
  const started = await hostStatically(folder)
  onTestFinished(() => started.kill())
  return started
}

/** Expects what a page comes to show, however busy the machine is. */
export function soon(locator: Locator) {
  return expect.poll(() => locator.innerText(), { timeout: PATIENCE_MS })
}

/** The same of what is there, though it may be folded away. */
export function soonText(locator: Locator) {
  return expect.poll(() => locator.textContent(), { timeout: PATIENCE_MS })
}
