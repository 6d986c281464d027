/**
 * The person of the story, played by a real Chromium with a virtual passkey, on the authority's real pages.
 *
 * In: the browser to run. Out: an `Approver`. Needs playwright-core, which only a development installation has.
 * It proves that pages and passkeys work; it is no way to approve real actions, since it reads nothing.
 */
import type { Browser, Page } from 'playwright-core'
import { Failure } from '../cli/exit.ts'
import type { Approver } from './approver.ts'
import { findBrowser } from './find-browser.ts'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']
const TIMEOUT_MS = 20_000

/** Throws a `Failure` where there is no playwright-core or no browser. */
export async function approverInBrowser(): Promise<Approver> {
  const browser = await launch()
  const page = await browser.newPage()
  page.setDefaultTimeout(TIMEOUT_MS)
  await givePasskey(page)
  return {
    patienceSeconds: TIMEOUT_MS / 1000,
    enrol: async (link) => {
      await page.goto(link)
      await page.getByLabel(/name/i).first().fill('Ada')
      await page.getByRole('button', { name: /passkey/i }).click()
    },
    consent: async (link) => {
      await page.goto(link)
      await typeTarget(page)
      await page.getByRole('button', { name: /approve/i }).click()
    },
    answerInbox: async (link) => {
      await page.goto(link)
      await page.locator('[data-rows=waiting] a.row').click()
      await page.waitForURL(/\/approve\//)
      await page.getByRole('button', { name: /approve/i }).click()
    },
    // Every page has the kill switch.
    stop: async () => {
      await page.getByRole('link', { name: 'Stop', exact: true }).click()
      await page.getByLabel('Everything').check()
      await page.getByRole('button', { name: 'Stop now' }).click()
      await page.getByRole('heading', { name: /^Stopped/ }).waitFor()
    },
    release: async () => {
      await page.getByLabel('Why it is safe again').fill('The agent was told what to tidy up')
      await page.getByRole('button', { name: 'Release…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
      await page.getByRole('heading', { name: /^Was stopped/ }).waitFor()
    },
    close: () => browser.close(),
  }
}

async function launch(): Promise<Browser> {
  const executablePath = findBrowser()
  const { chromium } = await import('playwright-core').catch(() => {
    throw new Failure('usage', '--auto needs playwright-core: run npm install with development dependencies.', 2)
  })
  // The demo ends in good order by itself; Playwright would end the process at once.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
  return chromium.launch({ executablePath, args: FLAGS, headless: true, ...signals }).catch((cause: unknown) => {
    throw new Failure('browser', `Chromium at ${executablePath} does not start.`, 1, { cause })
  })
}

/** What a person does before something is destroyed for good. */
async function typeTarget(page: Page): Promise<void> {
  const field = page.getByLabel(/^To approve, type/)
  if ((await field.count()) > 0) await field.fill((await field.getAttribute('data-target')) ?? '')
}

/** A platform authenticator whose user is always verified, as long as the page lives. */
async function givePasskey(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
