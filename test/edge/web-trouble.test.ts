import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeSharedFolder } from '../helpers/folder.ts'
import { hasChromium, host, openContext, openPage, soon, WITHOUT } from './chromium.ts'
import { type ExportedExample, exportExample } from './exported.ts'

const folder = makeSharedFolder()

describe.skipIf(!hasChromium)(`the page in Chromium, in trouble${WITHOUT}`, () => {
  let digits: ExportedExample
  let iris: ExportedExample
  beforeAll(async () => {
    digits = await exportExample(folder, 'digits')
    iris = await exportExample(folder, 'iris')
  })

  test('a model that is not the exported one is never used, and can be asked for again', async () => {
    const served = await host(iris.web)
    served.disturb = (path, bytes) => (path === 'models/iris.onnx' && bytes ? flipBit(bytes) : bytes)
    const page = await openPage(await openContext(), served.url)
    await expectNotice(page, 'models/iris.onnx is not the file that was exported. It is not used.')
    expect(await page.locator('#best').innerText()).toBe('')
    served.disturb = (_path, bytes) => bytes
    await page.getByRole('button', { name: 'Try again' }).click()
    await expectAnswer(page)
  })

  test('a model that was changed on the device is loaded again', async () => {
    const served = await host(iris.web)
    const context = await openContext()
    const page = await openPage(context, served.url)
    await expectAnswer(page)
    await page.evaluate(`(async () => {
      const cache = await caches.open('edge-files')
      for (const request of await cache.keys()) await cache.put(request, new Response('other bytes'))
    })()`)
    served.asked.length = 0
    await page.reload()
    await expectAnswer(page)
    expect(served.asked).toContain('models/iris.onnx')
  })

  test('a download that is cut goes on where it ended', async () => {
    const served = await host(iris.web)
    let cuts = 0
    served.disturb = (path, bytes) => (path.endsWith('.wasm') && cuts++ === 0 ? 'half' : bytes)
    const page = await openPage(await openContext(), served.url)
    await expectAnswer(page)
    const asked = served.asked.filter((one) => one.includes('threaded.wasm'))
    expect(asked).toEqual([expect.stringMatching(/\.wasm$/), expect.stringMatching(/\.wasm bytes=[1-9]\d+-$/)])
  })

  test('a download that does not come is said, with a way to try again', async () => {
    const served = await host(iris.web)
    served.disturb = (path, bytes) => (path === 'models/iris.onnx' ? 'cut' : bytes)
    const page = await openPage(await openContext(), served.url)
    await expectNotice(page, /models\/iris\.onnx could not be downloaded: .* of 682 bytes/)
    served.disturb = (_path, bytes) => bytes
    await page.getByRole('button', { name: 'Try again' }).click()
    await expectAnswer(page)
  })

  test('on a device that is full it works, and says that it needs a network', async () => {
    const { url } = await host(iris.web)
    const context = await openContext()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 3_000_000 })
    await page.goto(url)
    await expectAnswer(page)
    await expectNotice(page, 'This works, but not without a network: there is no room for the model on this device.')
    expect(await page.locator('#offline').innerText()).toBe('Works only with a network.')
  })

  test('on a device that has no room even for the page it works, and says so', async () => {
    const { url } = await host(iris.web)
    const context = await openContext()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 1 })
    await page.goto(url)
    await expectAnswer(page)
    await expectNotice(page, /not without a network: it could not be stored: is the device full\?/)
  })

  test('without the permission for the camera it says so, and a photo can be chosen', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext({ permissions: [] }), url)
    await page.getByText('Camera', { exact: true }).click()
    await page.getByRole('button', { name: 'Start the camera' }).click()
    await expectNotice(page, 'The camera may not be used: this page has no permission.')
    await page.getByText('Photo', { exact: true }).click()
    await page.locator('#file').setInputFiles(join(digits.web, 'golden/3.png'))
    await expectAnswer(page)
  })

  test('a file that is no image is said, and the next one is answered', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext(), url)
    await page.getByText('Photo', { exact: true }).click()
    await page.locator('#file').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('text') })
    await expectNotice(page, 'This file is not an image that the browser can read.')
    await page.locator('#file').setInputFiles(join(digits.web, 'golden/3.png'))
    await soon(page.locator('#notices')).toBe('')
  })

  test('a value that does not fit is said at its field', async () => {
    const { url } = await host(iris.web)
    const page = await openPage(await openContext(), url)
    await expectAnswer(page)
    await page.getByLabel('float_input 3').fill('')
    await expectNotice(page, /expected a number \(float32\), got ""/)
    expect(await page.getByLabel('float_input 3').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('float_input 3').fill('1.4')
    await soon(page.locator('#notices')).toBe('')
  })

  test('without WebGPU, who chose it is told, and WebAssembly answers', async () => {
    const served = await host(digits.web)
    // As in a browser that has none.
    const without = "Reflect.deleteProperty(WorkerNavigator.prototype, 'gpu')\n"
    served.disturb = (path, bytes) =>
      path.endsWith('worker/device.js') && bytes ? Buffer.concat([Buffer.from(without), bytes]) : bytes
    const page = await openPage(await openContext(), served.url)
    await chooseDevice(page, 'webgpu')
    await expectNotice(page, 'This browser has no WebGPU: WebAssembly is used instead.')
    await expectAnswer(page)
  })

  test('a model of ai.onnx.ml runs on WebAssembly whatever is chosen, and says why', async () => {
    const { url } = await host(iris.web)
    const page = await openPage(await openContext(), url)
    await chooseDevice(page, 'webgpu')
    await expectNotice(page, 'WebGPU does not have this kind of model (ai.onnx.ml): WebAssembly is used instead.')
    await expectAnswer(page)
  })

  test('an operator that the runtime does not have is said by its name', async () => {
    const served = await host(iris.web)
    const app = JSON.parse(readFileSync(join(iris.web, 'app.json'), 'utf8'))
    // The build of the runtime for WebGPU, which has no ai.onnx.ml, in the place of the one that has.
    const other = JSON.parse(readFileSync(join(digits.web, 'app.json'), 'utf8')).runtimes.webgpu
    served.disturb = (path, bytes) => {
      if (path === 'app.json') return Buffer.from(JSON.stringify({ ...app, runtimes: { wasm: other, webgpu: null } }))
      return path.includes('webgpu') || path.includes('asyncify') ? readFileSync(join(digits.web, path)) : bytes
    }
    const page = await openPage(await openContext(), served.url)
    await expectNotice(page, /The model cannot be run by WebAssembly in this browser: .*No Op registered for Scaler/)
  })
})

function flipBit(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed[40] = (changed[40] ?? 0) ^ 1
  return changed
}

async function chooseDevice(page: Page, device: string): Promise<void> {
  await page.locator('#device > summary').click()
  await page.getByLabel('Run on').selectOption(device)
}

async function expectAnswer(page: Page): Promise<void> {
  await soon(page.locator('#best')).not.toBe('')
}

async function expectNotice(page: Page, text: string | RegExp): Promise<void> {
  await soon(page.locator('#notices')).toMatch(text)
}
