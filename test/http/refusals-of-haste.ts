/** An authority that allows six calls a minute: where each rate stands in the way, and that it lets others through. */
import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { createAuthenticator } from '../setup/authenticator.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  pageOf,
  postAction,
  startAuthority,
} from '../setup/authority.ts'
import { wire } from './passkey-json.ts'
import { cookieFor } from './refusals.ts'
import { expectRefusal, type WatchedAuthority, watch } from './watch.ts'

const LONG = `https://${'long.'.repeat(40)}example`
const LONGEST_NAME = 'a'.repeat(128)
const LONGEST_PRINCIPAL = 'p'.repeat(128)

const SIX = {
  COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:9',
  COUNTERSIGN_MAIL_FROM: 'countersign@authority.example',
  COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '6',
  COUNTERSIGN_AGENT_CALLS_PER_MINUTE: '20',
  COUNTERSIGN_AGENT_BYTES_PER_MINUTE: '60000',
  COUNTERSIGN_EXECUTOR_CALLS_PER_MINUTE: '12',
  COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '6',
  COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '6',
}

export interface Hasty {
  readonly authority: WatchedAuthority
  readonly quick: Client
  readonly calm: Client
  /** Looks and collects, and proposes nothing. */
  readonly curious: Client
  /** Sends few and long calls. */
  readonly long: Client
  readonly forum: Client
  /** An executor that calls whatever there is. */
  readonly busy: Client
  readonly ada: Person
}

export async function startHasty(): Promise<Hasty> {
  const authority = watch(await startAuthority({ settings: SIX }))
  const principals = [LONGEST_PRINCIPAL]
  const secrets = [
    await addAgent(authority, 'quick-agent'),
    await addAgent(authority, 'calm-agent', { executors: [FORUM, LONG] }),
    await addAgent(authority, 'long-agent', { principals, executors: [LONG, FORUM] }),
    await addAgent(authority, 'curious-agent'),
  ]
  const busy = await addExecutor(authority, LONG, [
    { name: LONGEST_NAME, effect: 'write', reversible: true, title: 'Act' },
  ])
  const forum = authority.client((await addExecutor(authority)).credential)
  const [quick, calm, long, curious] = secrets.map(authority.client)
  if (!quick || !calm || !long || !curious) throw new Error('four agents are needed')
  return {
    authority,
    quick,
    calm,
    long,
    curious,
    forum,
    busy: authority.client(busy.credential),
    ada: await enrolFirstAdmin(authority),
  }
}

export function refusalsOfHaste(given: () => Hasty): void {
  type Answer = { ok: boolean; status: number; problem?: { code: string; retryAfterSeconds?: number } }

  /** The first calls go through as they will; in the end comes the limit, and how long to wait. */
  async function untilLimited(call: () => Promise<Answer>): Promise<void> {
    for (let calls = 0; calls < 7; calls++) {
      const answer = await call()
      if (answer.status !== 429) continue
      expectRefusal(answer, 'rate_limited')
      expect(answer.problem?.retryAfterSeconds).toBeGreaterThan(0)
      expect(answer.problem?.retryAfterSeconds).toBeLessThanOrEqual(60)
      return
    }
    expect.fail('no limit after seven calls')
  }

  describe('too many calls in a minute', () => {
    const proposal = () => ({ body: { audience: FORUM, action: postAction() } })

    it('does not come so far for a call whose token no executor would read', async () => {
      const { long, ada } = given()
      const chain = (length: number): object => ({
        sub: 'a:'.padEnd(98, 'a'),
        ...(length > 1 ? { act: chain(length - 1) } : {}),
      })
      const action = postAction('x', { name: LONGEST_NAME, resource: '\u0001'.repeat(1024) })
      const body = { audience: LONG, action, act: chain(7), principal: LONGEST_PRINCIPAL }
      expectRefusal(await long.propose({ body: body as never }), 'invalid_request')
      const short = { ...body, action: { ...action, resource: 'a' } }
      const opened = mustSucceed(await long.propose({ body: short as never }))
      const { requests } = mustSucceed(await ada.page.call('inbox'))
      expect(requests.filter(({ audience }) => audience === LONG).map(({ id }) => id)).toEqual([opened.id])
    })

    it('are too much also where they are few and long, of one agent and not of another', async () => {
      const { long, calm } = given()
      const large = () => ({ body: { audience: FORUM, action: postAction('x'.repeat(40_000)) } })
      expect(await long.propose(large())).toMatchObject({ ok: true })
      const second = await long.propose(large())
      expectRefusal(second, 'rate_limited')
      expect(second.ok ? 0 : second.problem.retryAfterSeconds).toBeGreaterThan(0)
      expect(await calm.propose(large())).toMatchObject({ ok: true })
    })

    it('of one agent are refused, of another are not', async () => {
      const { quick, calm } = given()
      await untilLimited(() => quick.propose(proposal()))
      await untilLimited(() => quick.call('transaction', { form: { transaction_challenge: 'a.b.c' } }))
      expect(await calm.propose(proposal())).toMatchObject({ ok: true })
    })

    it('of an approver who would consent are refused; denying always works', async () => {
      const { calm, ada, authority } = given()
      const opened = await calm.propose(proposal())
      const params = { id: opened.ok ? opened.value.id : '' }
      const assertion = wire(await ada.authenticator.assert({ challenge: 'AAAA' }))
      await untilLimited(() => ada.page.call('offerConsent', { params }))
      await untilLimited(() => ada.page.call('uncoverRequest', { params }))
      await untilLimited(() => ada.page.call('consent', { params, body: { assertion } }))
      const requests = [params.id, 'A'.repeat(22)]
      await untilLimited(() => ada.page.call('offerBatch', { body: { requests } }))
      await untilLimited(() => ada.page.call('consentBatch', { body: { requests, assertion } }))
      await untilLimited(() => ada.page.call('proposeUndo', { params }))
      await untilLimited(() => ada.page.call('revise', { params, body: { arguments: {} } }))
      await untilLimited(() => ada.page.call('offerRevision', { params }))
      await untilLimited(() => ada.page.call('signRevision', { params, body: { assertion } }))
      await untilLimited(() => ada.page.call('proposeGrant', { params, body: { uses: 2, arguments: {} } }))
      const session = { params: { id: 'calm-agent' }, body: { purpose: 'Tidy up', minutes: 5 } }
      await untilLimited(() => ada.page.call('offerAgentSession', session))
      const until = authority.now() + 3600
      await untilLimited(() => ada.page.call('offerAbsence', { body: { until } }))
      await untilLimited(() => ada.page.call('addPasskeyOptions', { body: {} }))
      await untilLimited(() => ada.page.call('setMail', { body: { address: 'ada@people.example' } }))
      await untilLimited(() => ada.page.call('testNotifications'))
      const text = ''
      const call = { agent: 'calm-agent', audience: FORUM, name: 'forum.read', resource: 'x' }
      await untilLimited(() => ada.page.call('checkDraft', { body: { text } }))
      await untilLimited(() => ada.page.call('tryDraft', { body: { text, call } }))
      await untilLimited(() => ada.page.call('reachOfAgent', { params: { id: 'calm-agent' } }))
      await untilLimited(() => ada.page.call('replayDraft', { body: { text, days: 1 } }))
      await untilLimited(() => ada.page.call('startObservation', { body: { text: '<', seconds: 60 } }))
      await untilLimited(() => ada.page.call('stopObservation', { params: { id: 'A'.repeat(22) } }))
      expect(await ada.page.call('deny', { params, body: {} })).toMatchObject({ ok: true })
      await untilLimited(() => ada.page.call('openAdministration', { body: { action: postAction() } }))
      expect(authority.logs.every((line) => !JSON.stringify(line).includes('cs_agent_'))).toBe(true)
    })

    it('that only look are counted too', async () => {
      const { curious } = given()
      const params = { id: 'A'.repeat(22) }
      for (let calls = 0; calls < 20; calls++) expect((await curious.call('viewRequest', { params })).status).toBe(404)
      expectRefusal(await curious.call('viewRequest', { params }), 'rate_limited')
      expectRefusal(await curious.call('collectToken', { params }), 'rate_limited')
      expectRefusal(await curious.call('withdrawRequest', { params }), 'rate_limited')
      expectRefusal(await curious.call('listRequests'), 'rate_limited')
      expectRefusal(await curious.call('requestContent', { params }), 'rate_limited')
      expectRefusal(await curious.call('listGrants'), 'rate_limited')
      expectRefusal(await curious.call('issueActorToken', { body: { agent: 'calm-agent' } }), 'rate_limited')
      const evaluation = { subject: { type: 'agent', id: 'curious-agent' }, action: { name: 'forum.read' } } as const
      const body = { ...evaluation, resource: { type: 'executor', id: 'x', properties: { audience: FORUM } } } as const
      expectRefusal(await curious.call('evaluateAccess', { body }), 'rate_limited')
      expectRefusal(await curious.call('evaluateAccesses', { body }), 'rate_limited')
      const asked = { params: { client: 'codex' }, body: { tool_name: 'Read' } }
      expectRefusal(await curious.call('answerHook', asked), 'rate_limited')
      expectRefusal(await curious.call('trace', { params: { trace: 'a'.repeat(32) } }), 'rate_limited')
    })

    it('that ask for the head of a stream open none', async () => {
      const { authority, ada } = given()
      const headers = { cookie: await cookieFor({ authority }, ada) }
      for (const path of ['/inbox/events', '/ledger/tail']) {
        for (let calls = 0; calls < 8; calls++) {
          const head = await authority.fetch(`${authority.config.origin}${path}`, { method: 'HEAD', headers })
          expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
            200,
            'text/event-stream',
            '',
          ])
        }
      }
    })

    it('that follow the inbox at once are refused', async () => {
      const { authority, ada } = given()
      const headers = { cookie: await cookieFor({ authority }, ada) }
      const follow = () => authority.fetch(`${authority.config.origin}/inbox/events`, { headers })
      const streams = await Promise.all([follow(), follow(), follow(), follow()])
      const refused = await follow()
      expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
      await streams[0]?.body?.cancel()
      expect((await follow()).status).toBe(200)
      await Promise.all(streams.slice(1).map((stream) => stream.body?.cancel()))
    })

    it('of an executor that reports refusals are refused', async () => {
      const body = { code: 'token_missing' as const, name: 'forum.post' }
      await untilLimited(() => given().forum.call('reportRefusal', { body }))
    })

    it('of an executor are counted together, and those of another go on', async () => {
      const { busy, forum } = given()
      const [stop, jti] = [1, 'A'.repeat(22)]
      const outcome = { use: 1, outcome: 'failed' as const }
      for (let calls = 0; calls < 12; calls++) {
        expectRefusal(await busy.call('reportOutcome', { params: { jti }, body: outcome }), 'not_found')
      }
      expectRefusal(await busy.call('reportOutcome', { params: { jti }, body: outcome }), 'rate_limited')
      expectRefusal(await busy.call('introspect', { form: { token: 'a.b.c' } }), 'rate_limited')
      expectRefusal(await busy.call('confirmStop', { body: { stop, connection: 'x', aborted: 0 } }), 'rate_limited')
      expectRefusal(await busy.call('publishCatalogue', { body: { catalogue: [] } }), 'rate_limited')
      expectRefusal(await busy.call('ownCatalogue'), 'rate_limited')
      expect(await forum.call('introspect', { form: { token: 'a.b.c' } })).toMatchObject({ ok: true })
    })

    it('that revoke tokens, or engage kill switches, are refused', async () => {
      const { quick, ada } = given()
      await untilLimited(() => quick.call('oauthRevoke', { form: { token: 'a.b.c' } }))
      const body = { selector: { agent: 'nobody' }, reason: 'Just so' }
      await untilLimited(() => ada.page.call('engageKillSwitch', { body }))
    })

    it('of strangers are refused', async () => {
      const { authority, ada } = given()
      const page = pageOf(authority)
      const assertion = wire(await ada.authenticator.assert({ challenge: 'AAAA' }))
      const invitation = 'B'.repeat(43)
      const foreign = await createAuthenticator(authority.config)
      const unknown = wire(await foreign.assert({ challenge: 'AAAA' }))
      await untilLimited(() => page.call('openapi'))
      await untilLimited(() => page.call('signIn', { body: { assertion: unknown } }))
      await untilLimited(() => page.call('viewInvitation', { body: { invitation } }))
      await untilLimited(() => page.call('enrolOptions', { body: { invitation, name: 'Eve' } }))
      await untilLimited(() => page.call('enrol', { body: { invitation, registration: assertion, trial: assertion } }))
      await untilLimited(() => page.call('awaitEnrolment', { body: { enrolment: invitation } }))
      // Known people sign in all the same, each passkey as often as a person may call.
      const { options } = mustSucceed(await page.call('signInOptions'))
      const own = wire(await ada.authenticator.assert({ challenge: String(options['challenge']) }))
      expect(await page.call('signIn', { body: { assertion: own } })).toMatchObject({ ok: true })
      await untilLimited(() => page.call('signIn', { body: { assertion } }))
    })
  })
}

/** Every refusal an authority gave, as `endpoint code`. */
export const refusalsSeen = (...authorities: readonly WatchedAuthority[]): ReadonlySet<string> =>
  new Set(
    authorities
      .flatMap(({ seen }) => seen)
      .filter(({ endpoint, code }) => endpoint && code)
      .map(({ endpoint, code }) => `${endpoint} ${code}`),
  )
