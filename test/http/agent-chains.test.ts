/** Chains of agents: proven link by link, read by policies, stopped and ended with any of their links. */
import { createAgentClient } from '@countersign/client'
import { createChallenge } from '@countersign/verifier'
import { importSigningKey } from '@countersign/verifier/authority'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActorChain } from '../../src/domain/approval/approval-request.ts'
import { actorChain } from '../../src/domain/approval/new-request.ts'
import { signActorToken } from '../../src/domain/token/actor-token.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
} from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { asDatabaseOwner } from './database.ts'
import { type PublishedKey, publishedKey } from './published-key.ts'
import { expectRefusal, type WatchedAuthority, watch } from './watch.ts'

const RULES = `
@id("posts") @approvers("approver")
permit (principal, action == Action::"forum.post", resource is Resource);
@id("reads of two") permit (principal, action == Action::"forum.read", resource is Resource)
when { context.depth == 2 && context.actors.containsAny([Agent::"planner", Agent::"nobody"]) };
@id("not for intruder") forbid (principal, action, resource is Resource)
when { context.actors.contains(Agent::"intruder") };
`
const AGENTS = [
  'planner',
  'research',
  'writer',
  'intruder',
  'short',
  'gone',
  'late',
  'held',
  'paused',
  'a',
  'b',
  'c',
  'd',
  'e',
]

let authority: WatchedAuthority
let ada: Person
let forum: Awaited<ReturnType<typeof addExecutor>>
/** Published by the authority, and held here. */
let own: PublishedKey['key']
const credentials = new Map<string, string>()

beforeAll(async () => {
  const settings = { COUNTERSIGN_MAX_AGENT_CHAIN: '3' }
  authority = watch(await startAuthority({ withStore: withPolicy(RULES), settings }))
  for (const id of AGENTS) credentials.set(id, await addAgent(authority, id))
  forum = await addExecutor(authority)
  ada = await enrolFirstAdmin(authority)
  own = (await publishedKey(authority)).key
})
afterAll(() => authority.stop())

const as = (id: string) => authority.client(credentials.get(id) ?? '')
const give = (from: string, agent: string, actorToken?: string) =>
  as(from).call('issueActorToken', { body: { agent, ...(actorToken && { actor_token: actorToken }) } })
/** The token that the last agent presents, where each of the others lets the next one act. */
async function chain(...agents: readonly string[]): Promise<string> {
  let token: string | undefined
  for (const [at, agent] of agents.slice(1).entries())
    token = mustSucceed(await give(agents[at] ?? '', agent, token)).actor_token
  return token ?? ''
}
const ask = (id: string, actorToken: string, name = 'forum.post') =>
  as(id).propose({ body: { audience: FORUM, action: postAction('Hello', { name }), actor_token: actorToken } })
const asked = async (id: string, actorToken: string) => mustSucceed(await ask(id, actorToken))
const createdIn = async (trace: string) => {
  const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace } }))
  return entries.find((entry) => entry['type'] === 'request.created')
}
const detail = (words: string) => ({ problem: { detail: expect.stringContaining(words) } })

/** Signed as the authority would, of what it would not sign. */
const signedBy = (key: PublishedKey['key'], act: ActorChain | undefined, child: string) => {
  const iat = authority.now()
  const issue = { iss: authority.config.origin, jti: 'AAECAwQFBgcICQoLDA0ODw', iat, exp: iat + 60 }
  return signActorToken({ ...issue, act: act ?? { sub: '' }, child }, key)
}

describe('an evaluation', () => {
  const asking = (id: string, actor_token?: string, name = 'forum.read') => ({
    subject: { type: 'agent' as const, id },
    action: { name, properties: {} },
    resource: { type: 'executor' as const, id: 'forum:eng', properties: { audience: FORUM } },
    ...(actor_token === undefined ? {} : { context: { actor_token } }),
  })
  const evaluate = (id: string, actor_token?: string, name?: string) =>
    as(id).call('evaluateAccess', { body: asking(id, actor_token, name) })
  const reasonOf = async (...input: Parameters<typeof evaluate>) => mustSucceed(await evaluate(...input)).context.reason

  it('decides on the chain, as a proposal would', async () => {
    const two = await chain('planner', 'writer')
    const three = await chain('planner', 'research', 'writer')
    const reasons = [await reasonOf('writer'), await reasonOf('writer', two), await reasonOf('writer', three)]
    expect(reasons).toEqual(['policy_denied', 'policy_denied', 'allowed'])
    expect(await reasonOf('writer', await chain('intruder', 'writer'), 'forum.post')).toBe('policy_denied')
    const { subject, resource, action } = asking('writer')
    const several = await as('writer').call('evaluateAccesses', {
      body: { subject, resource, action, context: { actor_token: three }, evaluations: [{}, { context: {} }] },
    })
    const answer = mustSucceed(several)
    expect('evaluations' in answer && answer.evaluations.map(({ decision }) => decision)).toEqual([true, false])
  })

  it('binds a proposal that comes with the same chain', async () => {
    const actor_token = await chain('planner', 'writer')
    const action = postAction('Hello')
    const { context } = mustSucceed(
      await as('writer').call('evaluateAccess', {
        body: {
          ...asking('writer', actor_token, action.name),
          action: { name: action.name, properties: { ...action.arguments } },
          resource: { type: 'executor', id: action.resource, properties: { audience: FORUM } },
        },
      }),
    )
    const binding_token = context.access_request?.binding_token ?? ''
    const propose = (more: object) =>
      as('writer').propose({ body: { audience: FORUM, action, binding_token, ...more } })
    expectRefusal(await propose({}), 'invalid_request')
    expect(mustSucceed(await propose({ actor_token }))).toMatchObject({ actors: ['planner'] })
  })

  it('refuses a chain that a proposal could not have, and writes nothing', async () => {
    const refusals = () =>
      asDatabaseOwner(authority, (sql) => sql`SELECT body FROM entries WHERE type = 'token.refused'`)
    const before = (await refusals()).length
    expectRefusal(await evaluate('writer', 'eyJ'), 'invalid_request')
    expectRefusal(await evaluate('writer', await chain('planner', 'research')), 'forbidden')
    const foreign = { ...own, sign: await anotherKey() }
    expectRefusal(await evaluate('writer', await signedBy(foreign, { sub: 'planner' }, 'writer')), 'invalid_request')
    expect((await refusals()).length).toBe(before)
  })

  it('is stopped with any link of its chain', async () => {
    const token = await chain('paused', 'writer')
    const body = { selector: { agent: 'paused' }, reason: 'A test' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
    expect([await reasonOf('writer', token), await reasonOf('writer')]).toEqual(['killed', 'policy_denied'])
  })
})

describe('a proven chain', () => {
  it('of two is in the answer, the ledger and the token', async () => {
    const request = await asked('writer', await chain('planner', 'writer'))
    expect(request).toMatchObject({ agent: 'writer', actors: ['planner'] })
    expect(await createdIn(request.trace)).toMatchObject({
      act: { sub: 'writer', act: { sub: 'planner' } },
      actors: ['planner'],
    })
    mustSucceed(await ada.consent(request.id))
    const { token } = mustSucceed(await as('writer').call('collectToken', { params: { id: request.id } }))
    expect(decodeJwt(token)).toMatchObject({ act: { sub: 'writer', act: { sub: 'planner' } }, client_id: 'writer' })
  })

  it('of three nests, the nearest first, and ends with the first token', async () => {
    const first = mustSucceed(await give('planner', 'research'))
    authority.advance(20)
    const second = mustSucceed(await give('research', 'writer', first.actor_token))
    expect(second.expires_at).toBe(first.expires_at)
    const { trace, ...request } = await asked('writer', second.actor_token)
    expect(request.actors).toEqual(['research', 'planner'])
    expect((await createdIn(trace))?.['act']).toEqual({
      sub: 'writer',
      act: { sub: 'research', act: { sub: 'planner' } },
    })
  })

  it('comes with a relayed challenge, too, through the published client', async () => {
    const clientOf = (id: string) =>
      createAgentClient({
        issuer: authority.config.origin,
        credential: credentials.get(id) ?? '',
        fetch: authority.fetch,
      })
    const { token: actorToken } = await clientOf('planner').issueActorToken({ agent: 'writer' })
    const { salt: _, ...action } = postAction()
    const opened = await clientOf('writer').propose({ audience: FORUM, action, actorToken })
    expect(await createdIn(opened.trace)).toMatchObject({ actors: ['planner'] })
    const key = { ...forum.challengeKey, kty: 'EC', kid: String(forum.challengeKey.kid), alg: 'ES256' } as const
    const signer = { key, audience: FORUM, issuer: authority.config.origin, now: authority.now() }
    const challenge = await createChallenge(signer, { action: postAction(), reason: 'Everyone will see it' })
    const done = await clientOf('writer').relay(challenge, { actorToken, onOpened: ({ id }) => void ada.consent(id) })
    expect(decodeJwt(done.token)['act']).toEqual({ sub: 'writer', act: { sub: 'planner' } })
  })
})

describe('a policy', () => {
  it('forbids what is asked through an agent', async () => {
    expectRefusal(await ask('writer', await chain('intruder', 'writer')), 'policy_denied')
    expectRefusal(await ask('writer', await chain('intruder', 'research', 'writer')), 'policy_denied')
  })

  it('reads depth and links, at the proposal and at the redemption; a claim is neither', async () => {
    const read = await ask('writer', await chain('planner', 'research', 'writer'), 'forum.read')
    const { token, decision } = mustSucceed(read)
    expect([decision, token]).toEqual(['allow', expect.any(String)])
    mustSucceed(await authority.client(forum.credential).call('redeem', { body: { token: token ?? '' } }))
    expectRefusal(await ask('writer', await chain('planner', 'writer'), 'forum.read'), 'policy_denied')
    const act = { sub: 'research', act: { sub: 'planner' } }
    const action = postAction('Hello', { name: 'forum.read' })
    expectRefusal(await as('writer').propose({ body: { audience: FORUM, action, act } }), 'policy_denied')
    const claimed = mustSucceed(await as('writer').propose({ body: { audience: FORUM, action: postAction(), act } }))
    expect(claimed).not.toHaveProperty('actors')
    expect(await createdIn(claimed.trace)).not.toHaveProperty('actors')
  })
})

describe('an actor token is refused', () => {
  it('where another key signed it', async () => {
    const foreign = { ...own, sign: await anotherKey() }
    for (const token of ['nonsense', await signedBy(foreign, { sub: 'planner' }, 'writer')]) {
      const refused = await ask('writer', token)
      expectRefusal(refused, 'invalid_request')
      expect(refused).toMatchObject(detail('none of this authority'))
    }
  })

  it('once it is over, and the ledger says so', async () => {
    const token = await chain('planner', 'writer')
    authority.advance(301)
    const refused = await ask('writer', token)
    expectRefusal(refused, 'invalid_request')
    expect(refused).toMatchObject(detail('has expired'))
    const rows = await asDatabaseOwner(authority, (sql) => sql`SELECT body FROM entries WHERE type = 'token.refused'`)
    const refusals = rows.map(({ body }) => JSON.parse(String(body)))
    expect(refusals).toContainEqual(expect.objectContaining({ agent: 'writer', code: 'invalid_request' }))
  })

  it('of another agent', async () => {
    const refused = await ask('research', await chain('planner', 'writer'))
    expectRefusal(refused, 'forbidden')
    expect(refused).toMatchObject(detail('another agent'))
  })

  it('that names an agent twice, when it is asked for and when it is presented', async () => {
    expectRefusal(await give('writer', 'writer'), 'invalid_request')
    const twice = await give('writer', 'planner', await chain('planner', 'writer'))
    expectRefusal(twice, 'invalid_request')
    expect(twice).toMatchObject(detail('twice'))
    const cycle = actorChain('research', { sub: 'writer', act: { sub: 'planner' } })
    const presented = await ask('writer', await signedBy(own, cycle, 'writer'))
    expectRefusal(presented, 'invalid_request')
    expect(presented).toMatchObject(detail('twice'))
  })

  it('of a chain that is too long, when it is asked for and when it is presented', async () => {
    const full = await chain('a', 'b', 'c', 'd')
    expect((await asked('d', full)).actors).toEqual(['c', 'b', 'a'])
    const longer = await give('d', 'e', full)
    expectRefusal(longer, 'invalid_request')
    expect(longer).toMatchObject(detail('at most 3 agents'))
    const four = actorChain('d', { sub: 'c', act: { sub: 'b', act: { sub: 'a' } } })
    const presented = await ask('e', await signedBy(own, four, 'e'))
    expectRefusal(presented, 'invalid_request')
    expect(presented).toMatchObject(detail('at most 3 agents'))
  })

  it('beside a claim, for nobody, for the authority’s own agents, and to an operator', async () => {
    const body = {
      audience: FORUM,
      action: postAction(),
      act: { sub: 'x' },
      actor_token: await chain('planner', 'writer'),
    }
    expectRefusal(await as('writer').propose({ body }), 'invalid_request')
    expectRefusal(await give('planner', 'unknown'), 'not_found')
    expectRefusal(await give('planner', 'countersign-pages'), 'invalid_request')
    const order = { body: { agent: 'writer' } }
    expectRefusal(await authority.operator.call('issueActorToken', order), 'forbidden')
  })

  it('where a link is stopped, at once and while it waits', async () => {
    const token = await chain('held', 'research', 'writer')
    const waiting = await asked('writer', token)
    const body = { selector: { agent: 'held' }, reason: 'Plans nonsense' }
    mustSucceed(await ada.page.call('engageKillSwitch', { body }))
    expectRefusal(await ask('writer', token), 'killed')
    expectRefusal(await give('writer', 'short', token), 'killed')
    expectRefusal(await ada.consent(waiting.id), 'killed')
  })

  it('where a link was revoked, and what waits or was approved ends with it', async () => {
    const token = await chain('gone', 'research', 'writer')
    const waiting = await asked('writer', token)
    const approved = await asked('writer', token)
    mustSucceed(await ada.consent(approved.id))
    const { token: collected } = mustSucceed(await as('writer').call('collectToken', { params: { id: approved.id } }))
    const other = await asked('writer', await chain('planner', 'writer'))
    mustSucceed(await ada.page.call('revokeAgent', { params: { id: 'gone' } }))
    const refused = await ask('writer', token)
    expectRefusal(refused, 'policy_denied')
    expect(refused).toMatchObject(detail('gone, for which the agent acts, was revoked'))
    expectRefusal(await give('writer', 'short', token), 'not_found')
    const stateOf = async (id: string) => mustSucceed(await as('writer').call('viewRequest', { params: { id } })).state
    expect([await stateOf(waiting.id), await stateOf(other.id)]).toEqual(['stopped', 'pending'])
    const introspected = await authority.client(forum.credential).call('introspect', { form: { token: collected } })
    expect(mustSucceed(introspected)).toMatchObject({ active: false })
  })
})

const anotherKey = async () => importSigningKey(await generateSigningKey('ES256'), 'ES256')
