/** The Chromium of the page tests. */
import type { Browser } from 'playwright-core'
import { inject } from 'vitest'
import { launchBrowser } from './launch-browser.ts'

export { type Passkey, withPasskey } from './launch-browser.ts'

let shared: Promise<Browser> | undefined

/** Whoever launches the browser closes it. */
export const launchTestBrowser = (): Promise<Browser> => launchBrowser(inject('chromium'))

/** The browser of this worker: launched once, closed when the worker ends. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchTestBrowser()
  return shared
}
