import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Golden } from '../../src/edge/golden.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { hasChromium, host, openContext, openPage, soon, WITHOUT } from './chromium.ts'
import { type ExportedExample, exportExample } from './exported.ts'

const folder = makeSharedFolder()

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
    await again.locator('#samples button').nth(4).click()
    await soon(again.locator('#best')).toMatch(`${readGolden(digits).vectors[4]?.top?.[0]?.label}\n`)
    await expectOffline(again)
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
