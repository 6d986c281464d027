/** What opens a request without an agent’s call: an undo, a catalogue, an enrolment. Each is refused as a call is. */
import type { JsonObject } from '@countersign/verifier'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { administer, invitationFor, mustSucceed, pageOf } from '../setup/authority.ts'
import type { ExecutorPart } from './cast.ts'
import { approvedToken } from './cast.ts'
import { asDatabaseOwner } from './database.ts'
import { NOBODYS_ID } from './raw.ts'
import { forbidding, type Refusals } from './refusals.ts'
import { releaseSwitch } from './switches.ts'
import { expectRefusal, refusalCode } from './watch.ts'

const FILES = 'https://files.example'
const CATALOGUE = [
  { name: 'file.write', effect: 'write', undo: { name: 'file.restore', arguments: { text: { value: 'old' } } } },
  { name: 'file.restore', effect: 'write' },
] as const

export function refusalsOfIndirectProposals(given: () => Refusals): void {
  const operator = () => given().cast.authority.operator
  let files: Pick<ExecutorPart, 'client'>
  beforeAll(async () => {
    const { authority, ada } = given().cast
    const { credential = '' } = await administer(authority, ada, {
      name: 'countersign.executor.add',
      resource: `executor:${FILES}`,
      arguments: { audience: FILES, title: 'Files', catalogue: structuredClone(CATALOGUE) as never },
    })
    files = { client: authority.client(credential) }
  })

  const whileForbidden = (name: string, work: () => Promise<void>) => forbidding(given(), name, work)

  const engaged: string[] = []
  async function engage(selector: JsonObject): Promise<void> {
    const body = { selector, reason: 'Something is wrong' }
    engaged.push(mustSucceed(await operator().call('engageKillSwitch', { body })).id)
  }
  afterEach(async () => {
    const { authority, ada } = given().cast
    for (const id of engaged.splice(0)) await releaseSwitch(authority, ada, id)
  })

  describe('an undo', () => {
    const undo = (id: string, by = given().cast.ben) => by.page.call('proposeUndo', { params: { id } })
    async function done(): Promise<string> {
      const { agent, ben } = given().cast
      const { token, jti, request } = await approvedToken(agent, ben, { audience: FILES, name: 'file.write' })
      mustSucceed(await files.client.call('redeem', { body: { token } }))
      mustSucceed(await files.client.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded' } }))
      return request.id
    }

    it('of what nobody asked for is not found', async () => {
      expectRefusal(await undo(NOBODYS_ID), 'not_found')
    })

    it('that the policy forbids is denied', async () => {
      const id = await done()
      await whileForbidden('file.restore', async () => expectRefusal(await undo(id), 'policy_denied'))
      mustSucceed(await undo(id))
    })

    it('that a kill switch stops is not proposed', async () => {
      const id = await done()
      await engage({ action: 'file.restore' })
      expectRefusal(await undo(id), 'killed')
    })

    it('that others propose at the same moment waits once', async () => {
      const { ada, ben } = given().cast
      const id = await done()
      const codes = new Set<string | undefined>()
      while (!codes.has('request_pending')) {
        const answers = await Promise.all([ada, ben, ada, ben].map((by) => undo(id, by)))
        const opened = answers.flatMap((answer) => (answer.ok ? [answer.value.id] : []))
        expect(opened).toHaveLength(1)
        for (const answer of answers) codes.add(refusalCode(answer))
        mustSucceed(await ada.page.call('deny', { params: { id: opened[0] ?? '' }, body: {} }))
      }
    })
  })

  describe('the publication of a catalogue', () => {
    const publish = (name: string) =>
      files.client.call('publishCatalogue', { body: { catalogue: [{ name, effect: 'write' }] as never } })

    it('that the policy forbids is denied', async () => {
      await whileForbidden('countersign.executor.update', async () => {
        expectRefusal(await publish('file.forbidden'), 'policy_denied')
      })
    })

    it('is proposed while a kill switch stops all calls', async () => {
      await engage({})
      expect(mustSucceed(await publish('file.stopped')).request).toMatchObject({ state: 'pending' })
    })
  })

  /** What a process that ends right after a consent leaves: the consent without its token. */
  const withoutTokens = (work: () => Promise<void>) =>
    asDatabaseOwner(given().cast.authority, async (sql) => {
      await sql`CREATE FUNCTION no_tokens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no tokens' USING ERRCODE = '55P03'; END $$`
      await sql`CREATE TRIGGER no_tokens BEFORE INSERT ON tokens EXECUTE FUNCTION no_tokens()`
      await work().finally(() => sql`DROP FUNCTION no_tokens CASCADE`)
    })

  describe('an enrolment', () => {
    async function begun() {
      const { authority, ada } = given().cast
      const page = pageOf(authority)
      const invitation = new URL(await invitationFor(ada, 'Fay')).hash.slice(1)
      const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Fay' } }))
      const made = await newPasskey(await createAuthenticator(authority.config), options)
      return { page, enrol: () => page.call('enrol', { body: { invitation, ...made } }) }
    }

    it('that the policy forbids is denied', async () => {
      const { enrol } = await begun()
      await whileForbidden('countersign.approver.enrol', async () => expectRefusal(await enrol(), 'policy_denied'))
    })

    it('that nobody asked for is not found', async () => {
      const body = { enrolment: 'B'.repeat(43) }
      expectRefusal(await pageOf(given().cast.authority).call('awaitEnrolment', { body }), 'not_found')
    })

    it('that was consented to counts once the policy is not against it, also while a kill switch stops all calls', async () => {
      const { page, enrol } = await begun()
      const { waiting } = mustSucceed(await enrol())
      const { request = '', enrolment = '' } = waiting ?? {}
      const settle = () => page.call('awaitEnrolment', { body: { enrolment } })
      await withoutTokens(async () => {
        expectRefusal(await given().cast.ada.consent(request), 'authority_unreachable')
      })
      await whileForbidden('countersign.approver.enrol', async () => expectRefusal(await settle(), 'policy_denied'))
      await engage({})
      expect(mustSucceed(await settle())).toMatchObject({ state: 'enrolled' })
    })
  })
}
