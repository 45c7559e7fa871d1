import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Golden } from '../../src/edge/golden.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { hasChromium, host, openContext, openPage, soon, WITHOUT } from './chromium.ts'
import { type ExportedExample, exportExample } from './exported.ts'

const folder = makeSharedFolder()
const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8')

describe.skipIf(!hasChromium)(`the page in Chromium, on a host of plain files${WITHOUT}`, () => {
  let digits: ExportedExample
  let iris: ExportedExample
  beforeAll(async () => {
    digits = await exportExample(folder, 'digits')
    iris = await exportExample(folder, 'iris')
  })

  test('every sample is answered with the label that the server gives', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext(), url)
    const { vectors } = readGolden(digits)
    const samples = vectors.filter(({ origin }) => origin !== 'made')
    expect(samples.length).toBeGreaterThan(10)
    for (const { file, top } of samples) {
      await page.locator(`#samples img[src$="${file}"]`).click()
      await page.locator('#samples [aria-pressed="true"]').waitFor()
      await soon(page.locator('#best')).toMatch(`${top?.[0]?.label}\n`)
    }
  })

  test.each(['digits', 'iris'] as const)('%s: bits, outputs and labels are those of the server', async (name) => {
    const example = { digits, iris }[name]
    const { url } = await host(example.web)
    const page = await openPage(await openContext(), `${url}?check`)
    const { length } = readGolden(example).vectors
    await expectChecked(page, `${length} of ${length} the same`)
  })

  test('modules of the page are fetched at once: each has a link, and each link is a module', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext(), url)
    const links = await page.evaluate<string[]>(
      '[...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href)',
    )
    const loaded = await page.evaluate<string[]>(
      'performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).map(({ name }) => name)',
    )
    expect(links.length).toBeGreaterThan(10)
    const ofThePage = loaded.filter((name) => !/main\.js$|\/worker\/|\.min\./.test(name))
    expect(ofThePage.filter((name) => !links.includes(name))).toEqual([])
    expect(links.filter((name) => !loaded.includes(name))).toEqual([])
  })

  test('the self-check sees a server that answers otherwise', async () => {
    const served = await host(iris.web)
    const golden = readGolden(iris)
    const [first, ...others] = golden.vectors
    const wrong = { ...first, tensors: { float_input: { ...first?.tensors.float_input, sha256: '0' } } }
    served.disturb = (path, bytes) => {
      return path === 'golden.json' ? Buffer.from(JSON.stringify({ ...golden, vectors: [wrong, ...others] })) : bytes
    }
    const page = await openPage(await openContext(), `${served.url}?check`)
    await expectChecked(page, `${others.length} of ${golden.vectors.length} the same`)
  })

  test('the fields are those of the contract, and each change of a value is answered', async () => {
    const { url } = await host(iris.web)
    const page = await openPage(await openContext(), url)
    await soon(page.locator('#best')).toMatch(/^setosa\n98\.0 %/)
    const values = ['6.3', '3.3', '6.0', '2.5']
    for (const [index, value] of values.entries()) await page.getByLabel(`float_input ${index + 1}`).fill(value)
    await soon(page.locator('#best')).toMatch(/^virginica\n/)
    await soon(page.locator('#spoken')).toMatch(/^virginica/)
    await page.getByRole('button', { name: 'Sample values' }).click()
    await soon(page.locator('#best')).toMatch(/^setosa\n/)
  })

  test('after the first visit it works with the host gone', async () => {
    const served = await host(digits.web)
    const context = await openContext()
    const page = await openPage(context, served.url)
    await expectOffline(page)
    await page.close()
    await served.kill()
    const again = await openPage(context, served.url)
    await soon(again.locator('#best')).not.toBe('')
    const { file, top } = readGolden(digits).vectors.findLast(({ origin }) => origin !== 'made') ?? {}
    await again.locator(`#samples img[src$="${file}"]`).click()
    await soon(again.locator('#best')).toMatch(`${top?.[0]?.label}\n`)
    await expectOffline(again)
  })

  test('it says so only when its samples are there, too', async () => {
    const served = await host(digits.web)
    const last = readGolden(digits).vectors.findLast(({ origin }) => origin !== 'made')?.file
    const held: (() => void)[] = []
    served.disturb = async (path, bytes) => {
      if (path === last) await new Promise<void>((resolve) => held.push(resolve))
      return bytes
    }
    const page = await openPage(await openContext(), served.url)
    await soon(page.locator('#best')).not.toBe('')
    expect(await page.locator('#offline').innerText()).toBe('')
    for (const release of held) release()
    await expectOffline(page)
  })

  test('a sample that the host does not have is told', async () => {
    const served = await host(digits.web)
    const last = readGolden(digits).vectors.findLast(({ origin }) => origin !== 'made')?.file
    served.disturb = (path, bytes) => (path === last ? null : bytes)
    const page = await openPage(await openContext(), served.url)
    await soon(page.locator('#notices')).toMatch('not without a network: a sample could not be loaded.')
  })

  test('threads work though the host sends no headers: the service worker adds them', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext(), url)
    await expectOffline(page)
    expect(await page.evaluate('crossOriginIsolated')).toBe(true)
    await page.locator('#device > summary').click()
    await page.getByLabel('Threads').selectOption('2')
    await soon(page.locator('#device-summary')).toBe('WebAssembly x 2')
    await page.locator('#check > summary').click()
    await page.getByRole('button', { name: 'Check now' }).click()
    const { length } = readGolden(digits).vectors
    await expectChecked(page, `${length} of ${length} the same`)
  })

  test('WebGPU gives the same labels, where Chromium has an adapter', async ({ skip }) => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext(), url)
    const adapter = await page.evaluate('navigator.gpu?.requestAdapter().then((found) => found !== null)')
    skip(adapter !== true, 'this Chromium gives no adapter, not of software either')
    await page.locator('#device > summary').click()
    await page.getByLabel('Run on').selectOption('webgpu')
    await soon(page.locator('#device-summary')).toBe('WebGPU')
    await page.locator('#check > summary').click()
    await page.getByRole('button', { name: 'Check now' }).click()
    await soon(page.locator('#check-summary')).toMatch(/ of /)
    const rows = await page.locator('#checked tbody tr').allInnerTexts()
    expect(rows.length).toBe(readGolden(digits).vectors.length)
    for (const row of rows) expect(row).toMatch(/same\t.*same$/)
  })

  test.each(['light', 'dark'] as const)(
    'people who do not see it, or use no mouse, can use it (%s)',
    async (colorScheme) => {
      for (const example of [digits, iris]) {
        const { url } = await host(example.web)
        const page = await openPage(await openContext({ colorScheme, viewport: { width: 390, height: 844 } }), url)
        await expectOffline(page)
        await soon(page.locator('#best')).not.toBe('')
        for (const id of ['device', 'check']) await page.locator(`#${id} > summary`).press('Enter')
        await page.evaluate(AXE)
        const violations = await page.evaluate('axe.run().then(({ violations }) => violations)')
        expect(violations).toEqual([])
      }
    },
  )

  test('the page fits a narrow phone, and can be used with the keyboard alone', async () => {
    const { url } = await host(iris.web)
    const page = await openPage(await openContext({ viewport: { width: 320, height: 640 } }), url)
    await soon(page.locator('#best')).toMatch(/^setosa\n/)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await soon(page.locator('#samples [aria-pressed="true"]')).toMatch(/^sample/)
  })

  test('the camera is answered while it runs, and stops when it is told to', async () => {
    const { url } = await host(digits.web)
    const page = await openPage(await openContext({ permissions: ['camera'] }), url)
    await page.getByText('Camera', { exact: true }).click()
    await page.getByRole('button', { name: 'Start the camera' }).click()
    await soon(page.locator('#best')).toMatch(/^\d\n/)
    await page.getByRole('button', { name: 'Stop the camera' }).click()
    expect(await page.evaluate("document.querySelector('video').srcObject")).toBeNull()
  })
})

function readGolden({ web }: ExportedExample): Golden {
  return JSON.parse(readFileSync(join(web, 'golden.json'), 'utf8'))
}

async function expectChecked(page: Page, summary: string): Promise<void> {
  const chip = page.locator('#check-summary')
  await soon(chip).toMatch(/ of /)
  expect(await chip.innerText(), await page.locator('#checked').innerText()).toBe(summary)
}

async function expectOffline(page: Page): Promise<void> {
  const place = page.locator('#offline')
  await soon(place).toBe('Works without a network: everything is on this device.')
}
