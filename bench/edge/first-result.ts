import type { Browser } from 'playwright-core'

/** Milliseconds from opening the page to its first answer, when all is on the device, in a new tab each time. */
export async function measureFirstResult(browser: Browser, url: string, rounds: number): Promise<number[]> {
  const context = await browser.newContext()
  const visit = async () => {
    const page = await context.newPage()
    await page.goto(url)
    await page.locator('#best', { hasText: /./ }).waitFor()
    await page.getByText('Works without a network').waitFor()
    const time = await page.evaluate<number>("performance.getEntriesByName('first-answer')[0].startTime")
    await page.close()
    return time
  }
  await visit()
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) times.push(await visit())
  await context.close()
  return times
}
