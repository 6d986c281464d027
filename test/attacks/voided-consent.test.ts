/**
 * A consent that ends between the moment its token was drawn up and the moment it is issued: somebody lost a passkey, or
 * left. No token rests on it, whoever consents instead.
 */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, askGrant, type Ground, present, SHOP, session, startGround, writing } from '../grants/ground.ts'
import { refusalCode } from '../http/watch.ts'
import { administer, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'

describe.each(['pglite', 'postgres'] as const)('a consent that ends while its token is issued, on %s', (database) => {
  let ground: Ground
  let verdicts: string[]
  let atIssue: (() => Promise<unknown>) | undefined
  beforeAll(async () => {
    ground = await startGround({
      database,
      withStore: (store) => ({
        ...store,
        issueToken: async (draft) => {
          const meanwhile = atIssue
          atIssue = undefined
          await meanwhile?.()
          const verdict = await store.issueToken(draft)
          if (draft.token.audience === SHOP) verdicts.push(verdict.verdict)
          return verdict
        },
      }),
    })
  })
  beforeEach(() => {
    verdicts = []
  })
  afterAll(() => ground.authority.stop())

  const ben = () => enrolBy(ground.authority, ground.ada, 'Ben Approver')
  async function revokePasskey({ id }: Person) {
    const [key] = await ground.authority.store.passkeysOf(id)
    const params = { id, passkey: key?.credentialId ?? '' }
    mustSucceed(await ground.ada.page.call('revokePersonPasskey', { params }))
  }
  const remove = ({ id }: Person) =>
    administer(ground.authority, ground.ada, {
      name: 'countersign.approver.remove',
      resource: `approver:${id}`,
      arguments: { approver: id },
    })

  async function collect(id: string) {
    const dpop = await ground.key.proof('POST', `${ground.authority.config.origin}/requests/${id}/token`)
    return ground.agent.call('collectToken', { params: { id }, headers: { dpop } })
  }
  const approversIn = (token: string) =>
    decodeJwt<{ approval: { consents: { approver: string }[] } }>(token).approval.consents.map((one) => one.approver)

  async function approvedBy(person: Person) {
    const call = writing('src/a.ts', { text: person.id })
    const { id } = mustSucceed(await ask(ground, call))
    mustSucceed(await person.consent(id))
    return { id, call }
  }
  async function grantedBy(person: Person) {
    const { id } = mustSucceed(await askGrant(ground, { action: session(person.id) }))
    mustSucceed(await person.consent(id))
    return { id, call: writing('src/a.ts', { text: person.id }) }
  }

  describe.each([
    ['passkey is revoked', revokePasskey],
    ['person is removed', remove],
  ] as const)('because the %s', (_, end) => {
    it('gives way to the consent of somebody else', async () => {
      const person = await ben()
      const { id, call } = await approvedBy(person)
      atIssue = async () => {
        await end(person)
        mustSucceed(await ground.ada.consent(id))
      }
      const { token } = mustSucceed(await collect(id))
      expect(verdicts).toEqual(['unfilled', 'issued'])
      expect(approversIn(token)).toEqual([ground.ada.id])
      await present(ground, token, call)
    })

    it('leaves no token, and a request that waits', async () => {
      const person = await ben()
      const { id } = await approvedBy(person)
      atIssue = () => end(person)
      expect(refusalCode(await collect(id))).toBe('request_pending')
      expect(await ground.authority.store.request(id)).toMatchObject({ state: 'pending', jti: null })
      expect(verdicts).toEqual(['not_approved'])
    })

    it('gives way to the consent of somebody else to its grant', async () => {
      const person = await ben()
      const { id, call } = await grantedBy(person)
      atIssue = async () => {
        await end(person)
        mustSucceed(await ground.ada.consent(id))
      }
      const { token = '' } = mustSucceed(await ask(ground, call))
      expect(verdicts).toEqual(['unfilled', 'issued'])
      expect(approversIn(token)).toEqual([ground.ada.id])
      await present(ground, token, call)
    })

    it('leaves no token of its grant', async () => {
      const person = await ben()
      const { call } = await grantedBy(person)
      atIssue = () => end(person)
      expect(refusalCode(await ask(ground, call))).toBe('request_pending')
      expect(verdicts).toEqual(['unfilled'])
    })
  })
})
