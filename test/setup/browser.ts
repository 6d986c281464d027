/** A real Chromium for the page tests, and a passkey in it that needs no finger. */
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { inject } from 'vitest'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Launches the browser headless; whoever launches it closes it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = inject('chromium')
  if (!executablePath) throw new Error('no browser found: run node test/setup/prepare.mjs, or set CHROMIUM_PATH')
  return chromium.launch({ executablePath, args: flags, headless: true })
}

let shared: Promise<Browser> | undefined

/** The browser of this worker: launched once, closed when the worker ends. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser()
  return shared
}

export interface Passkey {
  readonly cdp: CDPSession
  readonly authenticatorId: string
}

/**
 * Gives the page a platform authenticator with resident keys whose user is always verified.
 * It lives as long as the page. To act a refusal, send `WebAuthn.setUserVerified` over `cdp`.
 */
export async function withPasskey(page: Page): Promise<Passkey> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, authenticatorId }
}
