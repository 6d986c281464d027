/**
 * The first view of a page by a browser that has nothing of it yet.
 *
 * In: a page that nothing was loaded into, an address. Out: bytes over the wire, heads included; requests to other
 * origins; the layout shift; when the largest content was painted.
 */
import type { Page } from 'playwright-core'

export interface FirstView {
  readonly bytes: number
  /** Addresses of other origins. */
  readonly foreign: readonly string[]
  readonly shift: number
  /** From the start of the navigation. */
  readonly largestPaintMs: number
}

/** A frame after the last resource: what would be painted late is painted by then. */
const SETTLE_MS = 500

export interface ViewOptions {
  /** How much slower the processor is made. */
  readonly slowDown?: number
  /** Matches once the page's own scripts have done what they do at first. */
  readonly settled?: string
}

export async function firstView(
  page: Page,
  address: string,
  { slowDown = 1, settled = 'main' }: ViewOptions = {},
): Promise<FirstView> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowDown })
  let bytes = 0
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.addInitScript(watchPaints)
  await page.goto(address, { waitUntil: 'load' })
  await page.waitForFunction(() => document.documentElement.dataset['painted'] !== undefined)
  await page.locator(settled).waitFor()
  await page.waitForTimeout(SETTLE_MS)
  const { origin } = new URL(page.url())
  const [shift = Number.NaN, largestPaintMs = Number.NaN] = await page.evaluate(() => {
    const { shifted = '0', painted = '' } = document.documentElement.dataset
    return [Number(shifted), Number(painted)]
  })
  await cdp.detach()
  return { bytes, foreign: asked.filter((url) => isForeign(url, origin)), shift, largestPaintMs }
}

const isForeign = (url: string, origin: string): boolean => !url.startsWith('data:') && new URL(url).origin !== origin

/** As Core Web Vitals count them, before any input. */
function watchPaints(): void {
  let shift = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if ('value' in entry) shift += Number(entry.value)
    document.documentElement.dataset['shifted'] = String(shift)
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) document.documentElement.dataset['painted'] = String(entry.startTime)
  }).observe({ type: 'largest-contentful-paint', buffered: true })
}
