/** The whole way, from an agent's proposal to an executor's one act, over the real HTTP application and both databases. */
import { createVerifier } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consentToAll } from '../http/passkey-json.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

describe.each(['pglite', 'postgres'] as const)('the way of an approval on %s', (database) => {
  let authority: TestAuthority
  let agent: ReturnType<TestAuthority['client']>
  let forum: Awaited<ReturnType<typeof addExecutor>>
  let ada: Person

  beforeAll(async () => {
    authority = await startAuthority({ database })
    agent = authority.client(await addAgent(authority, 'helpdesk-agent'))
    forum = await addExecutor(authority)
    ada = await enrolFirstAdmin(authority)
  })
  afterAll(() => authority.stop())

  const verifierOf = () =>
    createVerifier({
      issuer: authority.config.origin,
      audience: FORUM,
      credential: forum.credential,
      fetch: (input, init) => authority.fetch(String(input), init),
    })

  it('lets an approved call through exactly once, and no other', async () => {
    const action = postAction()
    const opened = mustSucceed(await agent.propose({ body: { audience: FORUM, action } }))
    expect(opened).toMatchObject({ state: 'pending', decision: 'approval', quorum: 1 })
    const waiting = agent.waitForToken(opened)
    expect(mustSucceed(await ada.consent(opened.id))).toMatchObject({ state: 'approved', consents: 1 })
    const { token } = mustSucceed(await waiting)

    const { salt: _, ...call } = action
    await expect(
      verifierOf().verify(token, { ...call, arguments: { ...call.arguments, text: 'Other' } }),
    ).rejects.toMatchObject({ code: 'action_mismatch' })
    const approval = await verifierOf().verify(token, call)
    expect(approval).toMatchObject({ origin: 'human', approvers: [ada.id], agent: 'helpdesk-agent' })
    await expect(verifierOf().verify(token, call)).rejects.toMatchObject({ code: 'token_redeemed' })

    const story = mustSucceed(await agent.call('trace', { params: { trace: opened.trace } }))
    expect(story.entries.map((entry) => entry['type'])).toEqual([
      'request.created',
      'request.decided',
      'consent.given',
      'token.issued',
      'token.refused',
      'token.redeemed',
      'token.refused',
    ])
  })

  it('lets several calls through that one gesture approved, each once and by itself', async () => {
    const actions = [postAction('One'), postAction('Two'), postAction('Three')]
    const opened = []
    for (const action of actions) opened.push(mustSucceed(await agent.propose({ body: { audience: FORUM, action } })))
    const { answers } = mustSucceed(
      await consentToAll(
        ada,
        opened.map(({ id }) => id),
      ),
    )
    expect(answers.map(({ verdict }) => verdict)).toEqual(['consented', 'consented', 'consented'])
    const directory = mustSucceed(await agent.call('approverKeys'))
    const pinned = createVerifier({
      issuer: authority.config.origin,
      audience: FORUM,
      credential: forum.credential,
      approvers: directory as never,
      fetch: (input, init) => authority.fetch(String(input), init),
    })
    const tokens: string[] = []
    for (const { id } of opened) tokens.push(mustSucceed(await agent.call('collectToken', { params: { id } })).token)
    for (const [at, { salt: _, ...call }] of actions.entries()) {
      await expect(pinned.verify(tokens[(at + 1) % 3] ?? '', call)).rejects.toMatchObject({ code: 'action_mismatch' })
      await expect(pinned.verify(tokens[at] ?? '', call)).resolves.toMatchObject({ approvers: [ada.id] })
      await expect(verifierOf().verify(tokens[at] ?? '', call)).rejects.toMatchObject({ code: 'token_redeemed' })
    }
  })

  it('gives the token of a read at once, in the policy’s name', async () => {
    const action = { ...postAction(), name: 'forum.read' }
    const opened = mustSucceed(await agent.propose({ body: { audience: FORUM, action } }))
    expect(opened).toMatchObject({ state: 'approved', decision: 'allow', quorum: 0 })
    const { salt: _, ...call } = action
    await expect(verifierOf().verify(String(opened.token), call)).resolves.toMatchObject({ origin: 'policy' })
  })
})
