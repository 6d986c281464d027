/** A person for the story, with a software passkey instead of a browser: fast, and able to say no. */
import { type Client, createClient } from '../../src/client/client.ts'
import type { Approver } from '../../src/node/demo/approver.ts'
import { type Authenticator, createAuthenticator } from '../setup/authenticator.ts'
import { consentTo, mustSucceed } from '../setup/authority.ts'

export async function softwareApprover(origin: string, { denies = false } = {}): Promise<Approver> {
  const page = createClient({ origin, asPage: true })
  const authenticator = await createAuthenticator({ origin, rpId: 'localhost' })
  return {
    enrol: (link) => enrol(page, authenticator, new URL(link).hash.slice(1)),
    consent: async (link) => {
      const id = new URL(link).pathname.split('/').at(-1) ?? ''
      mustSucceed(await (denies ? page.call('deny', { params: { id }, body: {} }) : consentTo(page, authenticator, id)))
    },
    close: async () => {},
  }
}

async function enrol(page: Client, authenticator: Authenticator, invitation: string): Promise<void> {
  const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Ada' } }))
  const registration = await authenticator.register(options as never)
  mustSucceed(await page.call('enrol', { body: { invitation, registration: registration as never } }))
}
