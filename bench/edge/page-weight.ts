import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import type { StaticHost } from '../../test/edge/static-host.ts'

const LEVEL = 9

/** Bytes of all that a first visit loads, each file gzipped, without the model, the samples and the WebAssembly of onnxruntime. */
export async function weighPage(browser: Browser, host: StaticHost, web: string): Promise<number> {
  host.asked.length = 0
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(host.url)
  await page.getByText('Works without a network').waitFor()
  await context.close()
  const files = [...new Set(host.asked.map((path) => path.split(' ', 1).join()))]
  const counted = files.filter((path) => !/\.wasm$|^models\/|^golden/.test(path) && path !== 'favicon.ico')
  return counted.reduce((sum, path) => sum + gzipSync(readFileSync(join(web, path)), { level: LEVEL }).length, 0)
}
