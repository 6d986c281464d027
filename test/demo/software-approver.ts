/** A person for the stories, with a software passkey instead of a browser: fast, and able to say no. */
import { newSalt } from '@countersign/verifier'
import { type Client, createClient } from '../../src/client/client.ts'
import type { Approver } from '../../src/demo/approver.ts'
import { type Authenticator, createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { consentTo, mustSucceed } from '../setup/authority.ts'

export async function softwareApprover(origin: string, { denies = false } = {}): Promise<Approver> {
  const page = createClient({ origin, asPage: true })
  const authenticator = await createAuthenticator({ origin, rpId: 'localhost' })
  const answer = (id: string) =>
    denies ? page.call('deny', { params: { id }, body: {} }) : consentTo(page, authenticator, id)
  return {
    patienceSeconds: 1,
    enrol: (link) => enrol(page, authenticator, new URL(link).hash.slice(1)),
    consent: async (link) => {
      mustSucceed(await answer(new URL(link).pathname.split('/').at(-1) ?? ''))
    },
    answerInbox: async () => {
      const [request, ...others] = mustSucceed(await page.call('inbox')).requests
      if (!request || others.length > 0) throw new Error('One request has to wait in the inbox')
      mustSucceed(await answer(request.id))
    },
    stop: async () => {
      mustSucceed(await page.call('engageKillSwitch', { body: { selector: {}, reason: 'It deletes everything' } }))
    },
    release: () => release(page, authenticator),
    close: async () => {},
  }
}

async function enrol(page: Client, authenticator: Authenticator, invitation: string): Promise<void> {
  const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Ada' } }))
  const passkey = await newPasskey(authenticator, options)
  mustSucceed(await page.call('enrol', { body: { invitation, ...passkey } }))
}

async function release(page: Client, authenticator: Authenticator): Promise<void> {
  const [{ id = '' } = {}] = mustSucceed(await page.call('listKillSwitches')).killswitches
  const action = {
    name: 'countersign.killswitch.release',
    resource: `killswitch:${id}`,
    arguments: { id, reason: 'It is safe again' },
    salt: newSalt(),
  }
  const opened = mustSucceed(await page.call('openAdministration', { body: { action } }))
  mustSucceed(await consentTo(page, authenticator, opened.id))
  const { token } = mustSucceed(await page.call('collectAdministration', { params: { id: opened.id } }))
  mustSucceed(await page.call('administer', { body: { action }, headers: { 'approval-token': token } }))
}
