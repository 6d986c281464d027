/** Chromium without a window, and a passkey in it that needs no finger; for tests and benches. */
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Whoever launches the browser closes it. */
export async function launchBrowser(executablePath: string | null): Promise<Browser> {
  if (!executablePath) throw new Error('no browser found: run node test/setup/prepare.mjs, or set CHROMIUM_PATH')
  return chromium.launch({ executablePath, args: flags, headless: true })
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
