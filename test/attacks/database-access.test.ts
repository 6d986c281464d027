/**
 * Stolen: the operator's access to the database.
 * It makes no consent: what is inserted does not verify. It makes no configuration: a row without a proof is refused, and
 * shouted about once. It makes no credential of software: the log's key seals each. What is written stays written. No executor pins a key here.
 */
import {
  type ApprovalClaims,
  type Consent,
  type ConsentStatement,
  consentChallenge,
  digestOf,
} from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuedEntry } from '../../src/authority/tokens/issue.ts'
import type { Client } from '../../src/client/client.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { hashSecret } from '../../src/domain/identity/credential.ts'
import type { CredentialKind } from '../../src/domain/identity/parties.ts'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { leafDigest } from '../../src/domain/ledger/receipt.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { generateSigningKey, publicHalf } from '../../src/domain/token/signing-keys.ts'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { wire } from '../http/passkey-json.ts'
import { publishedKey } from '../http/published-key.ts'
import { NOBODYS_ID } from '../http/raw.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { startReceiver } from '../notify/receivers.ts'
import { type Authenticator, createAuthenticator, toConsent } from '../setup/authenticator.ts'
import {
  administer,
  enrolBy,
  FORUM,
  mustSucceed,
  pageOf,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })

/** Approves a request by SQL alone, with a consent as given. */
const insertConsent = (request: string, credentialId: string, consent: Consent) =>
  asDatabaseOwner(cast.authority, async (sql) => {
    await sql`INSERT INTO consents (request, approver, credential_id, consent, given_at)
      VALUES (${request}, ${consent.approver}, ${credentialId}, ${JSON.stringify(consent)}::text::json, 0)`
    await sql`UPDATE requests SET state = 'approved', consents = 1, separation = true WHERE id = ${request}`
  })

async function honestConsent(): Promise<Consent> {
  const { request } = await approvedToken(cast.agent, cast.ben)
  const [stored] = await cast.authority.store.consents(request.id)
  if (!stored) throw new Error('no consent')
  return stored.consent
}

/** What Ben is offered to sign, as the service itself says it. */
async function statementFor(id: string): Promise<ConsentStatement> {
  const { statement }: { statement: unknown } = mustSucceed(
    await cast.ben.page.call('offerConsent', { params: { id } }),
  )
  return statement as ConsentStatement
}

describe('a consent made by SQL', () => {
  it('does not bring back a request that was denied or withdrawn, whoever had consented', async () => {
    for (const end of ['denied', 'withdrawn'] as const) {
      const { id } = await propose(cast.agent)
      mustSucceed(await cast.ben.consent(id))
      await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE requests SET state = 'pending' WHERE id = ${id}`)
      const params = { id }
      mustSucceed(
        end === 'denied'
          ? await cast.ben.page.call('deny', { params, body: {} })
          : await cast.agent.call('withdrawRequest', { params }),
      )
      await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE requests SET state = 'approved' WHERE id = ${id}`)
      expectRefusal(await collect(id), 'request_denied')
    }
  })

  it('does not lower what the policy asks for', async () => {
    const { id } = await propose(cast.agent, { name: 'forum.delete', resource: 'forum:eng/threads/42' })
    const terms = JSON.stringify([{ groups: ['approver'], count: 1 }])
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE requests SET quorum = 1, terms = (terms::jsonb || '{"quorum":1}'
        || jsonb_build_object('approvers', ${terms}::text::jsonb))::json WHERE id = ${id}`,
    )
    expectRefusal(await cast.ben.page.call('offerConsent', { params: { id } }), 'action_mismatch')
    expectRefusal(await collect(id), 'request_pending')
  })

  it('is none: a state alone has no quorum', async () => {
    const { id } = await propose(cast.agent)
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE requests SET state = 'approved', consents = 1 WHERE id = ${id}`,
    )
    expectRefusal(await collect(id), 'quorum_unmet')
    expectRefusal(await collect(id), 'quorum_unmet')
  })

  it('copied from another request does not verify', async () => {
    const { id } = await propose(cast.agent)
    await insertConsent(id, cast.ben.authenticator.credentialId, await honestConsent())
    expectRefusal(await collect(id), 'consent_invalid')
  })

  it('signed by a passkey nobody enrolled does not verify', async () => {
    const { id } = await propose(cast.agent)
    const statement = await statementFor(id)
    const own = await createAuthenticator(cast.authority.config)
    const challenge = Buffer.from(await consentChallenge(statement)).toString('base64url')
    for (const key of [own.kid, cast.ben.authenticator.kid]) {
      const other = await propose(cast.agent)
      const consent = toConsent(await own.assert({ challenge }), { ...statement, key })
      await insertConsent(other.id, cast.ben.authenticator.credentialId, consent)
      expectRefusal(await collect(other.id), 'consent_invalid')
    }
  })

  it('of one person stands for no other', async () => {
    const { id } = await propose(cast.agent)
    const consent = { ...(await honestConsent()), approver: cast.ada.id }
    await insertConsent(id, cast.ben.authenticator.credentialId, consent)
    expectRefusal(await collect(id), 'consent_invalid')
  })

  it('cannot be lent to a request that is bent afterwards', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    const other = await propose(cast.agent, { arguments: { text: 'Other' } })
    for (const change of ['digest', 'principal', 'actor', 'policy', 'terms'] as const) {
      await asDatabaseOwner(cast.authority, async (sql) => {
        const [kept] = await sql`SELECT * FROM requests WHERE id = ${id}`
        const bent = {
          digest: other.digest,
          principal: 'other',
          actor: 'helpdesk-agent',
          policy: other.digest,
          terms: '',
        }
        if (change === 'actor') await sql`UPDATE requests SET act = '{"sub":"other-agent"}' WHERE id = ${id}`
        else if (change === 'terms')
          await sql`UPDATE requests SET terms = (terms::jsonb || '{"uses":9}')::json WHERE id = ${id}`
        else await sql`UPDATE requests SET ${sql({ [change]: bent[change] })} WHERE id = ${id}`
        const answer = await collect(id)
        expect({ change, code: answer.ok ? 'ok' : answer.problem.code }).toEqual({
          change,
          code: 'action_mismatch',
        })
        await sql`UPDATE requests SET digest = ${kept?.['digest']}, principal = ${kept?.['principal']},
          policy = ${kept?.['policy']}, act = ${JSON.stringify(kept?.['act'])}::text::json,
          terms = ${JSON.stringify(kept?.['terms'])}::text::json WHERE id = ${id}`
      })
    }
    mustSucceed(await collect(id))
  })
})

describe('configuration made by SQL', () => {
  /** What the service says of rows that it refuses, each once. */
  const findings = async () => {
    const entries = await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })
    return entries
      .map(({ body }) => JSON.parse(body))
      .filter(({ type }) => type === 'configuration.refused')
      .map(({ kind, subject }) => `${kind} ${subject}`)
  }

  /** Changes rows for as long as `attempt` takes; the findings that it adds. */
  async function tamper(statements: [change: string, back: string], attempt: () => Promise<void>): Promise<string[]> {
    const before = await findings()
    await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(statements[0]))
    await attempt()
    await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(statements[1]))
    return (await findings()).slice(before.length)
  }

  const signIn = async (authenticator: Authenticator) => {
    const { options } = mustSucceed(await pageOf(cast.authority).call('signInOptions'))
    const assertion = wire(await authenticator.assert({ challenge: String(options['challenge']) }))
    return pageOf(cast.authority).call('signIn', { body: { assertion } })
  }

  it('a passkey counts nowhere: it is listed to nobody, signs nobody in and gives no consent', async () => {
    const own = await createAuthenticator(cast.authority.config)
    const insert = `INSERT INTO passkeys
      (credential_id, approver, label, key, counter, backed_up, transports, aaguid, created_at)
      VALUES ('${own.credentialId}', '${cast.ben.id}', 'Slipped', '${JSON.stringify(own.approverKey)}', 0, false, '[]', '', 0)`
    const remove = `DELETE FROM passkeys WHERE credential_id = '${own.credentialId}'`
    const found = await tamper([insert, remove], async () => {
      expect(JSON.stringify(mustSucceed(await cast.agent.call('approverKeys')))).not.toContain(own.kid)
      expectRefusal(await signIn(own), 'consent_invalid')
      const request = await propose(cast.agent)
      const statement = await statementFor(request.id)
      const challenge = Buffer.from(await consentChallenge(statement)).toString('base64url')
      const consent = toConsent(await own.assert({ challenge }), { ...statement, key: own.kid })
      await insertConsent(request.id, own.credentialId, consent)
      expectRefusal(await collect(request.id), 'consent_invalid')
    })
    expect(found).toEqual([`passkey ${own.kid}`])
  })

  it('an action that is called a read is asked for by nobody', async () => {
    const flip = (from: string, to: string) =>
      `UPDATE executors SET catalogue = replace(catalogue::text, '"name":"forum.delete","effect":"${from}"',
        '"name":"forum.delete","effect":"${to}"')::json WHERE audience = '${FORUM}'`
    const found = await tamper([flip('destructive', 'read'), flip('read', 'destructive')], async () => {
      const action = postAction('Gone', { name: 'forum.delete' })
      expectRefusal(await cast.agent.propose({ body: { audience: FORUM, action } }), 'not_found')
    })
    expect(found).toEqual([`executor ${FORUM}`])
    mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action: postAction() } }))
  })

  it('an agent that acts for somebody else, or that nobody added, is nobody', async () => {
    const principals = (who: string) => `UPDATE agents SET principals = '["${who}"]' WHERE id = 'helpdesk-agent'`
    const found = await tamper([principals(cast.ada.id), principals('helpdesk-agent')], async () => {
      expectRefusal(await cast.agent.call('listRequests'), 'unauthenticated')
    })
    expect(found).toEqual(['agent helpdesk-agent'])
    const insert = `${INSERT_AGENT('eve-agent')}; UPDATE credentials SET subject = 'eve-agent' WHERE subject = 'other-agent'`
    const back = `DELETE FROM agents WHERE id = 'eve-agent';
      UPDATE credentials SET subject = 'other-agent' WHERE subject = 'eve-agent'`
    const more = await tamper([insert, back], async () => {
      expectRefusal(await cast.otherAgent.call('listRequests'), 'unauthenticated')
    })
    expect(more).toEqual([expect.stringMatching(/^credential /), 'agent eve-agent'])
  })

  it('a person who made themselves an admin is signed out', async () => {
    const roles = (list: string) => `UPDATE approvers SET roles = '${list}' WHERE id = '${cast.ben.id}'`
    const found = await tamper([roles('["approver","admin"]'), roles('["approver"]')], async () => {
      expectRefusal(await cast.ben.page.call('listApprovers'), 'unauthenticated')
      expectRefusal(await cast.ben.page.call('inbox'), 'unauthenticated')
    })
    expect(found).toEqual([`person ${cast.ben.id}`])
    mustSucceed(await cast.ben.page.call('inbox'))
  })

  it('an agent and a passkey that were revoked stay revoked', async () => {
    const dan = await enrolBy(cast.authority, cast.ada, 'Dan')
    const spare = await addAgentBy('spare-agent')
    mustSucceed(await spare.call('listRequests'))
    const { passkeys } = mustSucceed(await dan.page.call('listPasskeys'))
    mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'spare-agent' } }))
    mustSucceed(await dan.page.call('revokePasskey', { params: { id: passkeys[0]?.id ?? '' } }))
    const revive = `UPDATE agents SET revoked_at = NULL WHERE id = 'spare-agent';
      UPDATE credentials SET revoked_at = NULL WHERE subject = 'spare-agent';
      UPDATE passkeys SET revoked_at = NULL WHERE approver = '${dan.id}'`
    const end = `UPDATE agents SET revoked_at = 1 WHERE id = 'spare-agent';
      UPDATE credentials SET revoked_at = 1 WHERE subject = 'spare-agent';
      UPDATE passkeys SET revoked_at = 1 WHERE approver = '${dan.id}'`
    const found = await tamper([revive, end], async () => {
      expectRefusal(await spare.call('listRequests'), 'unauthenticated')
      expectRefusal(await signIn(dan.authenticator), 'consent_invalid')
    })
    expect(found).toEqual([
      expect.stringMatching(/^credential /),
      'agent spare-agent',
      `passkey ${dan.authenticator.kid}`,
    ])
  })

  it.each<[CredentialKind, string, (client: Client) => Promise<Parameters<typeof expectRefusal>[0]>]>([
    ['operator', 'countersign-operator', (client) => client.call('listAgents')],
    ['auditor', 'revision', (client) => client.call('listEntries')],
    ['agent', 'helpdesk-agent', (client) => client.call('listRequests')],
    ['executor', FORUM, (client) => client.call('publishCatalogue', { body: { catalogue: [] } })],
  ])('a credential of an %s opens nothing', async (kind, subject, call) => {
    const secret = `cs_${kind}_${'E'.repeat(43)}`
    const insert = `INSERT INTO credentials (id, hash, kind, subject, prefix, created_at, expires_at)
      VALUES ('slipped-${kind}', '${await hashSecret(secret)}', '${kind}', '${subject}', '', 0, 9999999999)`
    const found = await tamper([insert, `DELETE FROM credentials WHERE id = 'slipped-${kind}'`], async () => {
      expectRefusal(await call(cast.authority.client(secret)), 'unauthenticated')
      // An entry that says so has the seal of another one.
      const [entry] = await entriesOf('agent.added')
      const members = { ...entry, credential: `slipped-${kind}`, kind, subject, hash: await hashSecret(secret) }
      const forged = await prepareEntry('credential.added', cast.authority.now(), traceOf('A'.repeat(22)), members)
      await cast.authority.store.appendEntries([forged])
      expectRefusal(await call(cast.authority.client(secret)), 'unauthenticated')
    })
    expect(found).toEqual([`credential slipped-${kind}`])
  })

  it('a credential has the secret and the end that it was given, and its owner', async () => {
    const { id } = await credentialOf('helpdesk-agent')
    const other = `cs_agent_${'F'.repeat(43)}`
    const [hash, otherHash] = [await hashOf(id), await hashSecret(other)]
    const change = (column: string, value: string | number) =>
      `UPDATE credentials SET ${column} = ${typeof value === 'number' ? value : `'${value}'`} WHERE id = '${id}'`
    const { expires_at: end } = await credentialOf('helpdesk-agent')
    const own = (credential: string) => cast.authority.client(credential).call('listRequests')
    const found = [
      ...(await tamper([change('hash', otherHash), change('hash', hash)], async () =>
        expectRefusal(await own(other), 'unauthenticated'),
      )),
      ...(await tamper([change('expires_at', end + 1), change('expires_at', end)], async () =>
        expectRefusal(await cast.agent.call('listRequests'), 'unauthenticated'),
      )),
      ...(await tamper([change('subject', 'other-agent'), change('subject', 'helpdesk-agent')], async () =>
        expectRefusal(await cast.agent.call('listRequests'), 'unauthenticated'),
      )),
    ]
    expect(found).toEqual([`credential ${id}`, `credential ${id}`, `credential ${id}`])
    mustSucceed(await cast.agent.call('listRequests'))
  })

  it('a credential that ended with its agent stays ended, also once that agent is back', async () => {
    const old = await addAgentBy('again-agent')
    const { id } = await credentialOf('again-agent')
    mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'again-agent' } }))
    const renewed = await addAgentBy('again-agent')
    const [entry] = (await entriesOf('agent.added')).filter(({ credential }) => credential === id)
    const copy = await prepareEntry('credential.sealed', cast.authority.now(), traceOf('A'.repeat(22)), {
      ...entry,
      kind: 'agent',
      subject: 'again-agent',
    })
    await cast.authority.store.appendEntries([copy])
    const revive = `UPDATE credentials SET revoked_at = NULL WHERE id = '${id}'`
    const found = await tamper([revive, `UPDATE credentials SET revoked_at = 1 WHERE id = '${id}'`], async () => {
      expectRefusal(await old.call('listRequests'), 'unauthenticated')
      mustSucceed(await renewed.call('listRequests'))
    })
    expect(found).toEqual([`credential ${id}`])
  })

  it('nobody is made a deputy, and no absence is stretched, moved to another deputy or brought back', async () => {
    const [cleo, mallory] = [
      await enrolBy(cast.authority, cast.ada, 'Cleo'),
      await enrolBy(cast.authority, cast.ada, 'Mallory'),
    ]
    await administer(cast.authority, cast.ada, {
      name: 'countersign.group.add',
      resource: 'group:treasury',
      arguments: { name: 'treasury', members: [cleo.id] },
    })
    const now = cast.authority.now()
    const { id: treasurys } = await propose(cast.agent, { name: 'forum.delete' })
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE requests SET groups = '["treasury"]' WHERE id = ${treasurys}`,
    )
    const nobody = async () => {
      expect(mustSucceed(await mallory.page.call('listAbsences')).absences).toEqual([])
      const { requests } = mustSucceed(await mallory.page.call('inbox'))
      expect(requests.map(({ id }) => id)).not.toContain(treasurys)
    }
    const insert = `INSERT INTO absences (id, approver, deputy, from_at, until_at, stated_at)
      VALUES ('slipped', '${cleo.id}', '${mallory.id}', ${now - 10}, ${now + 9_999}, ${now - 10})`
    const found = await tamper([insert, `DELETE FROM absences WHERE id = 'slipped'`], nobody)
    expect(found).toEqual(['absence slipped'])

    const until = now + 3_600
    const offered = mustSucceed(await cleo.page.call('offerAbsence', { body: { until, deputy: cast.ben.id } }))
    const signed = wire(await cleo.authenticator.assert({ challenge: String(offered.options['challenge']) }))
    const { id } = mustSucceed(await cleo.page.call('stateAbsence', { body: { assertion: signed } }))
    const change = (what: string) => `UPDATE absences SET ${what} WHERE id = '${id}'`
    const moved = await tamper([change(`deputy = '${mallory.id}'`), change(`deputy = '${cast.ben.id}'`)], nobody)
    const listed = async () =>
      expect(mustSucceed(await cast.authority.operator.call('listAbsences')).absences).toEqual([])
    const stretched = await tamper([change(`until_at = ${until + 1}`), change(`until_at = ${until}`)], listed)
    mustSucceed(await cleo.page.call('endAbsence', { params: { id } }))
    const back = await tamper([change('ended_at = NULL'), change(`ended_at = ${cast.authority.now()}`)], listed)
    expect([moved, stretched, back]).toEqual([[`absence ${id}`], [`absence ${id}`], [`absence ${id}`]])
  })

  it('no agent has a session that nobody signed for, and none is stretched, handed to another agent or brought back', async () => {
    const add = async (id: string) =>
      administer(cast.authority, cast.ada, {
        name: 'countersign.agent.add',
        resource: `agent:${id}`,
        arguments: { id, run_by: cast.ben.id, executors: [FORUM] },
      })
    await Promise.all([add('boxed'), add('idle')])
    const now = cast.authority.now()
    const none = async () => {
      const list = await cast.authority.services.agentSessions.list()
      expect(list.map(({ agent }) => agent)).toEqual([])
      for (const agent of ['boxed', 'idle']) {
        expectRefusal(await cast.authority.operator.call('viewAgentSession', { params: { id: agent } }), 'not_found')
      }
    }
    const slipped = `INSERT INTO agent_sessions (id, agent, purpose, opened_by, opened_at, ends_at)
      VALUES ('slipped', 'idle', 'sha-256:x', '${cast.ben.id}', ${now - 10}, ${now + 9_999})`
    const inserted = await tamper([slipped, `DELETE FROM agent_sessions WHERE id = 'slipped'`], none)

    const params = { id: 'boxed' }
    const start = { purpose: 'Tidy up', minutes: 60 }
    const { options } = mustSucceed(await cast.ben.page.call('offerAgentSession', { params, body: start }))
    const signed = wire(await cast.ben.authenticator.assert({ challenge: String(options['challenge']) }))
    mustSucceed(await cast.ben.page.call('openAgentSession', { params, body: { assertion: signed } }))
    const view = () => cast.authority.operator.call('viewAgentSession', { params })
    mustSucceed(await view())
    const [kept] = await cast.authority.store.openAgentSessions(now)
    const { id = '', endsAt = 0 } = kept ?? {}
    const change = (what: string) => `UPDATE agent_sessions SET ${what} WHERE id = '${id}'`
    const stretched = await tamper([change(`ends_at = ${endsAt + 1}`), change(`ends_at = ${endsAt}`)], none)
    mustSucceed(await view())
    const moved = await tamper([change(`agent = 'idle'`), change(`agent = 'boxed'`)], none)
    mustSucceed(await cast.ben.page.call('endAgentSession', { params }))
    const ended = cast.authority.now()
    const back = await tamper([change('ended_at = NULL'), change(`ended_at = ${ended}`)], none)
    const finding = [`agentsession ${id}`]
    expect({ inserted, stretched, moved, back }).toEqual({
      ...{ inserted: ['agentsession slipped'], stretched: finding, moved: finding, back: finding },
    })
  })

  it('a person who was removed stays removed', async () => {
    const eve = await enrolBy(cast.authority, cast.ada, 'Eve')
    await administer(cast.authority, cast.ada, {
      name: 'countersign.approver.remove',
      resource: `approver:${eve.id}`,
      arguments: { approver: eve.id },
    })
    const revive = `UPDATE approvers SET removed_at = NULL WHERE id = '${eve.id}';
      UPDATE passkeys SET revoked_at = NULL WHERE approver = '${eve.id}'`
    const end = `UPDATE approvers SET removed_at = 1 WHERE id = '${eve.id}';
      UPDATE passkeys SET revoked_at = 1 WHERE approver = '${eve.id}'`
    const found = await tamper([revive, end], async () => {
      expectRefusal(await signIn(eve.authenticator), 'consent_invalid')
      const { approvers } = mustSucceed(await cast.authority.operator.call('listApprovers'))
      expect(approvers.map(({ id }) => id)).not.toContain(eve.id)
      const request = await propose(cast.agent)
      expectRefusal(await eve.consent(request.id), 'unauthenticated')
    })
    expect(found).toEqual([`passkey ${eve.authenticator.kid}`, `person ${eve.id}`])
  })

  it('fewer people are not counted because rows say that somebody was removed', async () => {
    const { store } = cast.authority
    const deletion = async () => {
      const { id } = await propose(cast.agent, { name: 'forum.delete', resource: 'forum:eng/threads/42' })
      mustSucceed(await cast.ben.consent(id))
      return id
    }
    const { token } = await approvedToken(cast.agent, cast.ben)
    const reading = await deletion()
    const others = `id IN (SELECT id FROM approvers WHERE removed_at IS NULL AND id <> '${cast.ben.id}')`
    const ids = (
      await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(`SELECT id FROM approvers WHERE ${others}`))
    ).map((row) => `'${row['id']}'`)
    const end = `UPDATE approvers SET removed_at = 1 WHERE id IN (${ids})`
    const back = `UPDATE approvers SET removed_at = NULL WHERE id IN (${ids})`
    const forged = await prepareEntry('approver.removed', cast.authority.now(), traceOf(reading), {
      approver: 'A'.repeat(22),
      seal: 'none',
    })
    await store.appendEntries([forged])
    const found = await tamper([end, back], async () => {
      expectRefusal(await collect(reading), 'request_pending')
      expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'policy_denied')
      expectRefusal(await collect(await deletion()), 'request_pending')
      cast.authority.advance(11)
      await cast.authority.services.sweep()
    })
    expect(found).toEqual(expect.arrayContaining([`person ${cast.ada.id}`]))
    // Whoever looks next looks anew.
    cast.authority.advance(11)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  })

  it('a kill switch goes on stopping, whatever its row says', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    const open = await propose(cast.agent)
    const body = { selector: { agent: 'helpdesk-agent' }, reason: 'It runs away' }
    const { id } = mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
    const release = `UPDATE kill_switches SET released_at_ms = 1 WHERE id = '${id}';
      ALTER TABLE tokens DISABLE TRIGGER USER; UPDATE tokens SET revoked_at = NULL;
      ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only; ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_revoked_once`
    const engage = `ALTER TABLE kill_switches DISABLE TRIGGER USER;
      UPDATE kill_switches SET released_at_ms = NULL WHERE id = '${id}';
      ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_append_only; ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_released_once;`
    const found = await tamper([release, engage], async () => {
      expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'killed')
      expectRefusal(await cast.agent.propose({ body: { audience: FORUM, action: postAction() } }), 'killed')
      expectRefusal(await cast.ben.consent(open.id), 'killed')
      const { people, requests } = cast.authority.services
      const [ben] = (await people.approvers()).filter((person) => person.id === cast.ben.id)
      expect(ben && [...(await requests.inbox(ben)).stopped]).toContain(open.id)
      await cast.authority.services.sweep()
    })
    expect(found).toEqual([`killswitch ${id}`])
    const action = {
      name: 'countersign.killswitch.release',
      resource: `killswitch:${id}`,
      arguments: { id, reason: 'It is safe' },
    }
    await administer(cast.authority, cast.ada, action)
    mustSucceed(await cast.ben.consent(open.id))
    mustSucceed(await collect(open.id))
  })

  it('a signing key that nobody sealed is published nowhere, also after a restart, and the published ones stay', async () => {
    const published = async ({ fetch, config }: Pick<TestAuthority, 'fetch' | 'config'> = cast.authority) => {
      const { keys } = await (await fetch(`${config.origin}/.well-known/jwks.json`)).json()
      return keys.map(({ kid }: { readonly kid: string }) => kid)
    }
    const { kid, publicJwk } = await publicHalf(await generateSigningKey('ES256'))
    const [own] = await published()
    const insert = `INSERT INTO signing_keys (kid, alg, public_jwk, published_at, signs_from)
      VALUES ('${kid}', 'ES256', '${JSON.stringify(publicJwk)}', 1, ${cast.authority.now()})`
    const members = { key: kid, public_key: { ...publicJwk }, published: 1, signs_from: cast.authority.now() }
    const [honest] = await entriesOf('key.rotated')
    const forged = await Promise.all(
      [members, { ...members, seal: honest.seal }, { ...members, seal: honest.seal, configured: true }].map((said) =>
        prepareEntry('key.rotated', cast.authority.now(), '0'.repeat(32), said),
      ),
    )
    const inserted = await tamper([insert, `DELETE FROM signing_keys WHERE kid = '${kid}'`], async () => {
      await cast.authority.store.appendEntries(forged)
      cast.authority.advance(6)
      expect(await published()).toEqual([own])
      const { databaseUrl, config } = cast.authority
      const settings = { COUNTERSIGN_ORIGIN: config.origin }
      const restarted = await startAuthority({ databaseUrl: databaseUrl ?? '', settings })
      expect(await published(restarted)).toEqual([own])
      await restarted.stop()
    })
    const swap = (from: string, to: string) => `UPDATE signing_keys SET kid = '${to}' WHERE kid = '${from}'`
    const gone = await tamper([swap(own, kid), swap(kid, own)], async () => {
      cast.authority.advance(6)
      expect(await published()).toEqual([own])
    })
    const retire = (at: string) => `UPDATE signing_keys SET retired_at = ${at} WHERE kid = '${own}'`
    const retired = await tamper([retire('1'), retire('NULL')], async () => {
      cast.authority.advance(6)
      expect(await published()).toEqual([own])
    })
    expect(new Set(inserted)).toEqual(new Set([`signingkey ${kid}`]))
    expect(gone).toEqual([`signingkey ${kid}`, `signingkey ${own}`])
    expect(retired).toEqual([`signingkey ${own}`])
  })

  it('a webhook that was led elsewhere hears nothing', async () => {
    const hooks = await startReceiver()
    const args = { url: hooks.url, kind: 'standard', events: ['request.waiting'] }
    await administer(cast.authority, cast.ada, {
      name: 'countersign.webhook.add',
      resource: 'webhooks',
      arguments: args,
    })
    const thief = await startReceiver()
    const lead = (from: string, to: string) => `UPDATE webhooks SET url = '${to}' WHERE url = '${from}'`
    const found = await tamper([lead(hooks.url, thief.url), lead(thief.url, hooks.url)], async () => {
      await propose(cast.agent)
      await cast.authority.services.courier.run()
      expect(mustSucceed(await cast.authority.operator.call('listWebhooks')).webhooks).toEqual([])
    })
    expect(found).toEqual([expect.stringMatching(/^webhook /)])
    expect(thief.received).toEqual([])
    expect(mustSucceed(await cast.authority.operator.call('listWebhooks')).webhooks).toHaveLength(1)
    await Promise.all([hooks.close(), thief.close()])
  })

  it('is on every page, and in the diagnosis, until it is gone', async () => {
    const remove = `DELETE FROM agents WHERE id = 'loud-agent'`
    await tamper([INSERT_AGENT('loud-agent'), remove], async () => {
      cast.authority.advance(11)
      await cast.authority.services.sweep()
      expect(cast.authority.services.findings()).toMatchObject([{ kind: 'agent', id: 'loud-agent' }])
      const headers = { cookie: await cookieFor(cast, cast.ben), accept: 'text/html' }
      const page = await cast.authority.fetch(`${cast.authority.config.origin}/`, { headers })
      expect(await page.text()).toContain('loud-agent')
      const observed = await cast.authority.services.examineSelf()
      expect(observed.find(({ subject }) => subject === 'configuration')).toMatchObject({ well: false })
    })
    cast.authority.advance(11)
    await cast.authority.services.sweep()
    expect(cast.authority.services.findings()).toEqual([])
  })

  it('an entry that says so proves nothing, nor does a consent to something else', async () => {
    const { request } = await approvedToken(cast.agent, cast.ben)
    for (const named of [request.id, 'A'.repeat(22)]) {
      const members = { request: named, agent: 'forged-agent', principals: ['ada'] }
      const entry = await prepareEntry('agent.added', cast.authority.now(), traceOf(request.id), members)
      await cast.authority.store.appendEntries([entry])
    }
    const remove = `DELETE FROM agents WHERE id = 'forged-agent'`
    const found = await tamper([INSERT_AGENT('forged-agent'), remove], async () => {
      const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
      expect(agents.map(({ id }) => id)).not.toContain('forged-agent')
    })
    expect(found).toEqual(['agent forged-agent'])
  })

  it('a first admin is not made a second time', async () => {
    const secret = 'B'.repeat(43)
    const hash = await hashSecret(secret)
    const insert = `UPDATE approvers SET removed_at = 2 WHERE removed_at IS NULL;
      INSERT INTO invitations (hash, bootstrap, roles, created_at, expires_at)
      VALUES ('${hash}', true, '["admin"]', 0, ${cast.authority.now() + 900})`
    const back = `UPDATE approvers SET removed_at = NULL WHERE removed_at = 2; DELETE FROM invitations WHERE hash = '${hash}'`
    await tamper([insert, back], async () => {
      expect(await cast.authority.services.people.firstAdminLink()).toBeNull()
      const body = { invitation: secret }
      expectRefusal(await pageOf(cast.authority).call('viewInvitation', { body }), 'not_found')
    })
  })
})

const INSERT_AGENT = (id: string) => `INSERT INTO agents (id, principals, executors, groups, version, created_at)
  VALUES ('${id}', '["ada"]', '[]', '[]', 1, 0)`

const entriesOf = async (type: string) => {
  const entries = await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return entries.map(({ body }) => JSON.parse(body)).filter((body) => body.type === type)
}

async function credentialOf(agent: string) {
  const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
  const [credential] = agents.find(({ id }) => id === agent)?.credentials ?? []
  if (!credential) throw new Error('no credential')
  return credential
}

const hashOf = (id: string) =>
  asDatabaseOwner(cast.authority, async (sql) =>
    String((await sql`SELECT hash FROM credentials WHERE id = ${id}`)[0]?.['hash']),
  )

async function addAgentBy(id: string) {
  const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: { id } }
  return cast.authority.client((await administer(cast.authority, cast.ada, action)).credential ?? '')
}

describe('what is written', () => {
  it.each([
    `UPDATE entries SET body = '{}'`,
    `DELETE FROM entries WHERE id = 1`,
    `DELETE FROM entries WHERE false`,
    `TRUNCATE entries`,
    `UPDATE consents SET consent = '{}'`,
    `DELETE FROM consents`,
    `DELETE FROM redemptions`,
    `UPDATE redemptions SET use = use + 1`,
    `UPDATE tokens SET uses = 1000`,
    `UPDATE tokens SET expires_at = expires_at + 600`,
    `DELETE FROM tokens`,
  ])('stays written: %s', async (statement) => {
    await approvedToken(cast.agent, cast.ben)
    const attempt = asDatabaseOwner(cast.authority, (sql) => sql.unsafe(statement))
    await expect(attempt).rejects.toMatchObject({ code: '23000', message: expect.stringContaining('stays written') })
    const asReplica = asDatabaseOwner(cast.authority, async (sql) => {
      await sql`SET session_replication_role = replica`
      return sql.unsafe(statement)
    })
    await expect(asReplica).rejects.toMatchObject({ code: '23000' })
  })

  it('has its place in the log given, whatever the writer says', async () => {
    const [placed, xid] = await asDatabaseOwner(cast.authority, async (sql) => {
      const [{ newest } = { newest: 0 }] = await sql<
        { newest: number }[]
      >`SELECT max(id)::integer AS newest FROM entries`
      const [row] = await sql<{ later: boolean; now: boolean }[]>`
        INSERT INTO entries (id, type, at, trace, body, leaf, xid) OVERRIDING SYSTEM VALUE
        SELECT -id, type, at, trace, body, leaf, '3' FROM entries WHERE type = 'request.created' LIMIT 1
        RETURNING id > ${newest} AS later, xid = pg_current_xact_id() AS now`
      return [row?.later, row?.now]
    })
    expect([placed, xid]).toEqual([true, true])
  })

  it('keeps a spent token spent, and a revoked one revoked', async () => {
    const { token, jti } = await approvedToken(cast.agent, cast.ben)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    const unspend = asDatabaseOwner(cast.authority, (sql) => sql`DELETE FROM redemptions WHERE jti = ${jti}`)
    await expect(unspend).rejects.toMatchObject({ code: '23000' })
    const other = await approvedToken(cast.agent, cast.ben)
    await asDatabaseOwner(cast.authority, async (sql) => {
      await sql`UPDATE tokens SET revoked_at = 1 WHERE jti = ${other.jti}`
      await expect(sql`UPDATE tokens SET revoked_at = NULL WHERE jti = ${other.jti}`).rejects.toMatchObject({
        code: '23000',
      })
    })
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: other.token } }), 'token_revoked')
  })

  it.each<[string, (claims: ApprovalClaims) => Partial<ApprovalClaims>]>([
    ['another principal', () => ({ sub: 'somebody' })],
    ['another agent', () => ({ act: { sub: 'other-agent' }, client_id: 'other-agent' })],
    ['another executor', () => ({ aud: 'https://other.example' })],
    ['another end', ({ exp }) => ({ exp: exp + 300 })],
    ['another id', () => ({ jti: NOBODYS_ID })],
    [
      'another call',
      ({ authorization_details: [details] }) => ({
        authorization_details: [{ ...details, digest: `sha-256:${'A'.repeat(43)}` }],
      }),
    ],
    ['no consent', ({ approval }) => ({ approval: { ...approval, quorum: 0, consents: [] } })],
  ])('is what is signed: %s in claims that are minted again is refused', async (_, forge) => {
    const { jti, request, token } = await approvedToken(cast.agent, cast.ben)
    const stored = await cast.authority.store.request(request.id)
    const { log, ...bare } = decodeJwt<ApprovalClaims>(token) as ApprovalClaims
    if (!stored) throw new Error('no request')
    const forged = { ...bare, ...forge({ ...bare, log }) }
    // As its entry would be, had the authority issued it.
    const { leaf } = await issuedEntry(stored, forged)
    const text = JSON.stringify({ ...forged, log: { ...log, leaf: leafDigest(leaf) } })
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE token_texts SET claims = ${text}::text::json WHERE jti = ${jti}`,
    )
    expectRefusal(await collect(request.id), 'action_mismatch')
  })

  it('is what is redeemed: a stolen signing key and a changed digest spend no other claims', async () => {
    const key = await publishedKey(cast.authority)
    const { jti, token } = await approvedToken(cast.agent, cast.ben)
    for (const forgery of [{ client_id: 'other-agent' }, { sub: 'grace' }]) {
      const forged = await key.sign(token, forgery)
      const digest = await digestOf(decodeJwt(forged))
      await asDatabaseOwner(cast.authority, (sql) =>
        sql.unsafe(`ALTER TABLE tokens DISABLE TRIGGER tokens_append_only;
          UPDATE tokens SET claims_digest = '${digest}' WHERE jti = '${jti}';
          ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only`),
      )
      expectRefusal(await cast.forum.client.call('redeem', { body: { token: forged } }), 'token_signature')
    }
  })
})

describe('a call that is stored under a token', () => {
  it('is not asked about in place of the one that the token names, nor does the token outlive it', async () => {
    const [one, other] = [
      await approvedToken(cast.agent, cast.ben),
      await propose(cast.agent, { arguments: { text: 'x' } }),
    ]
    const swap = (from: string, to: string) =>
      asDatabaseOwner(
        cast.authority,
        (sql) => sql`
      UPDATE payloads SET subject = ${to} WHERE subject = ${from} AND kind = 'action'`,
      )
    // Another version of the policy is asked anew.
    await publish(`${DEFAULT_POLICY}\n// The same rules`)
    await swap(one.request.id, 'aside')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: one.token } }), 'policy_denied')
    await swap(other.id, one.request.id)
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: one.token } }), 'policy_denied')
    await swap(one.request.id, other.id)
    await swap('aside', one.request.id)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token: one.token } }))
  })
})

const versionInForce = async () => mustSucceed(await cast.authority.operator.call('listPolicies')).in_force

async function publish(text: string) {
  const args = { version: await versionInForce(), text }
  await administer(cast.authority, cast.ada, {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: args,
  })
}

// Last, since policies are append-only: nothing takes these back.
describe('a version of the policy made or unmade by SQL', () => {
  it('leaves none in force where the last one is gone, also after a restart without its approval', async () => {
    const asked = { body: { audience: FORUM, action: postAction('x', { name: 'forum.read' }) } }
    const { token } = mustSucceed(await cast.agent.propose(asked))
    await publish(`${DEFAULT_POLICY}\nforbid (principal, action == Action::"forum.read", resource);`)
    const version = await versionInForce()
    const { databaseUrl, config } = cast.authority
    await asDatabaseOwner(cast.authority, async (sql) => {
      await sql.unsafe('ALTER TABLE policies DISABLE TRIGGER ALL; ALTER TABLE consents DISABLE TRIGGER ALL')
      const [row] = await sql`DELETE FROM policies WHERE version = ${version} RETURNING *`
      expectRefusal(await cast.agent.propose(asked), 'policy_denied')
      expectRefusal(await cast.forum.client.call('redeem', { body: { token: String(token) } }), 'policy_denied')
      expect(cast.authority.services.findings()).toContainEqual(
        expect.objectContaining({ kind: 'policy', id: String(version) }),
      )
      const consents = await sql`DELETE FROM consents WHERE request = ${row?.['request']} RETURNING *`
      const restarted = await startAuthority({
        databaseUrl: databaseUrl ?? '',
        settings: { COUNTERSIGN_ORIGIN: config.origin },
      })
      const { agentSecret } = cast
      expectRefusal(await restarted.client(agentSecret).propose(asked), 'policy_denied')
      await restarted.stop()
      await sql`INSERT INTO policies ${sql(row ?? {})}`
      expect(consents).toHaveLength(1)
      await sql.unsafe(`ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_append_only;
        ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_append_only; ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_voided_once`)
    })
    await publish(DEFAULT_POLICY)
    cast.authority.advance(11)
    await cast.authority.services.sweep()
    expect(cast.authority.services.findings().map(({ kind }) => kind)).not.toContain('policy')
    mustSucceed(await cast.agent.propose(asked))
  })

  it('permits nothing, whatever it says', async () => {
    const insert = `INSERT INTO policies (version, digest, text, author, request, created_at)
      SELECT version + 1, digest, text, author, request, created_at FROM policies ORDER BY version DESC LIMIT 1`
    await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(insert))
    expectRefusal(await cast.agent.propose({ body: { audience: FORUM, action: postAction() } }), 'policy_denied')
    expect(cast.authority.services.findings()).toContainEqual(
      expect.objectContaining({ kind: 'policy', id: String(await versionInForce()) }),
    )
  })
})
