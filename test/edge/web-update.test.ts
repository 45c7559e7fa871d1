import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { makeRelease, PUBLIC_KEY, type ReleaseOfTest } from '../helpers/edge-releases.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { hasChromium, host, openContext, openPage, soon, soonText, WITHOUT } from './chromium.ts'
import { type ExportedExample, exportExample } from './exported.ts'
import type { StaticHost } from './static-host.ts'

const folder = makeSharedFolder()
const UPDATES = JSON.stringify({ manifest: 'releases/manifest.json', publicKeys: [PUBLIC_KEY] })
/** producer_version, once more: another file, and the same model. */
const ANOTHER = Buffer.from([0x1a, 2, 0x39, 0x39])

describe.skipIf(!hasChromium)(`a page in Chromium whose model is updated${WITHOUT}`, () => {
  let iris: ExportedExample
  beforeAll(async () => {
    iris = await exportExample(folder, 'iris', { files: { 'edge-web/updates.json': UPDATES } })
  })

  /** A signed release of that model for this page. */
  function release(model: Uint8Array, version: number, more: Partial<Manifest> = {}): ReleaseOfTest {
    const { updates } = JSON.parse(readFileSync(join(iris.web, 'app.json'), 'utf8'))
    const fitting = { name: 'iris', contract: updates.contract, expires: '2999-01-01T00:00:00Z' }
    return makeRelease(model, version, { ...fitting, ...more })
  }

  function newModel(): Buffer {
    return Buffer.concat([readFileSync(join(iris.web, 'models/iris.onnx')), ANOTHER])
  }

  test('a release is verified, tried, and used from then on, without a network too', async () => {
    const served = await host(iris.web)
    const context = await openContext()
    const page = await openPage(context, served.url)
    await expectVersion(page, 'as exported')
    serve(served, release(newModel(), 7))
    await look(page)
    await soon(page.locator('#notices')).toContain('A new model is ready')
    await page.getByRole('button', { name: 'Use it now' }).click()
    await expectVersion(page, '7')
    await page.close()
    await served.kill()
    const again = await openPage(context, served.url)
    await expectVersion(again, '7')
    await soon(again.locator('#best')).toMatch(/^setosa\n/)
  })

  test('a release that cannot be run is rolled back after three starts, and not tried again', async () => {
    const served = await host(iris.web)
    const page = await openPage(await openContext(), served.url)
    await expectVersion(page, 'as exported')
    serve(served, release(Buffer.from('no model at all'), 2))
    await look(page)
    await page.getByRole('button', { name: 'Use it now' }).click()
    for (const start of [1, 2, 3]) {
      await soon(page.locator('#notices')).toMatch(/The new model could not be used: .*The former one is back\./)
      await expectVersion(page, 'as exported')
      await soon(page.locator('#best')).toMatch(/^setosa\n/)
      if (start < 3) await page.reload()
    }
    await page.reload()
    await soonText(page.locator('#update-answer')).toBe(
      'The newest model did not work on this device. The former one stays.',
    )
    expect(await page.locator('#notices').innerText()).toBe('')
  })

  test('a release that answers what is no number is rolled back', async () => {
    const served = await host(iris.web)
    const page = await openPage(await openContext(), served.url)
    await expectVersion(page, 'as exported')
    serve(served, release(withNaN(newModel()), 2))
    await look(page)
    await page.getByRole('button', { name: 'Use it now' }).click()
    await soon(page.locator('#notices')).toContain('is not what the model gave before')
    await expectVersion(page, 'as exported')
  })

  test('a release that is tampered with, or signed by somebody else, is refused, and what runs goes on', async () => {
    const served = await host(iris.web)
    const page = await openPage(await openContext(), served.url)
    await expectVersion(page, 'as exported')
    const good = release(newModel(), 3)
    const model = Buffer.from(good.model).fill(0, 20, 24)
    serve(served, { ...good, files: { ...good.files, [good.manifest.model.file]: model } })
    await look(page)
    await soonText(page.locator('#update-answer')).toBe('The loaded model is not the one that was signed: refused.')
    const manifest = Buffer.from(JSON.stringify({ ...good.manifest, rollout: 99 }))
    serve(served, { ...good, files: { ...good.files, 'manifest.json': manifest } })
    await look(page)
    await soonText(page.locator('#update-answer')).toMatch(/^No update could be loaded/)
    await expectVersion(page, 'as exported')
  })
})

function serve(served: StaticHost, { files }: ReleaseOfTest): void {
  served.disturb = (path, bytes) => {
    const file = files[path.replace(/^releases\//, '')]
    return path.startsWith('releases/') && file ? Buffer.from(file) : bytes
  }
}

/** The classifier's coefficients as not-a-numbers: it loads, and runs. In the file each has a byte in front of it. */
function withNaN(model: Buffer): Buffer {
  const changed = Buffer.from(model)
  const first = changed.indexOf('coefficients') + 'coefficients'.length + 1
  for (let index = 0; index < 12; index += 1) changed.writeFloatLE(Number.NaN, first + index * 5)
  return changed
}

async function look(page: Page): Promise<void> {
  const details = page.locator('#device')
  if ((await details.getAttribute('open')) === null) await page.locator('#device > summary').click()
  await page.getByRole('button', { name: 'Look for a new model' }).click()
}

async function expectVersion(page: Page, version: string): Promise<void> {
  await soonText(page.locator('#facts')).toContain(`version ${version}`)
}
