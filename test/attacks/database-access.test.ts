/**
 * Stolen: the operator's access to the database.
 * It makes no consent: what is inserted does not verify. What is written stays written. A key it slips in is seen by all,
 * and counts nowhere that approver keys are pinned.
 */
import { type Consent, type ConsentStatement, consentChallenge, parseApprovers } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, verifierFor } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { createAuthenticator, toConsent } from '../setup/authenticator.ts'
import { mustSucceed } from '../setup/authority.ts'

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
          code: change === 'principal' ? 'policy_denied' : 'consent_invalid',
        })
        await sql`UPDATE requests SET digest = ${kept?.['digest']}, principal = ${kept?.['principal']},
          policy = ${kept?.['policy']}, act = ${JSON.stringify(kept?.['act'])}::text::json,
          terms = ${JSON.stringify(kept?.['terms'])}::text::json WHERE id = ${id}`
      })
    }
    mustSucceed(await collect(id))
  })
})

describe('a passkey slipped in by SQL', () => {
  it('is listed for all to see, and counts nowhere that keys are pinned', async () => {
    const pinned = parseApprovers(mustSucceed(await cast.agent.call('approverKeys')))
    const own = await createAuthenticator(cast.authority.config)
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`INSERT INTO passkeys
        (credential_id, approver, label, key, counter, backed_up, transports, aaguid, created_at)
        VALUES (${own.credentialId}, ${cast.ben.id}, 'Slipped', ${JSON.stringify(own.approverKey)}::text::json, 0, false,
          '[]', '', 0)`,
    )
    const listed = mustSucceed(await cast.agent.call('approverKeys'))
    expect(JSON.stringify(listed)).toContain(own.kid)
    const { entries } = await ledgerOf(cast.ben.id)
    expect(entries.filter((body) => body.includes(own.kid))).toEqual([])

    const request = await propose(cast.agent)
    const statement = await statementFor(request.id)
    const challenge = Buffer.from(await consentChallenge(statement)).toString('base64url')
    const consent = toConsent(await own.assert({ challenge }), { ...statement, key: own.kid })
    await insertConsent(request.id, own.credentialId, consent)
    const collected = await collect(request.id)
    if (!collected.ok) return expectRefusal(collected, 'consent_invalid')
    const { salt: _, ...call } = request.action
    const verifying = verifierFor(cast, cast.forum, { approvers: pinned }).verify(collected.value.token, call)
    await expect(verifying).rejects.toMatchObject({ code: 'consent_invalid' })
  })
})

const ledgerOf = async (approver: string) => {
  const entries = await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return { entries: entries.map(({ body }) => body).filter((body) => body.includes(approver)) }
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

  it('is what is signed: claims rewritten before they are minted again are noticed', async () => {
    const { jti, request } = await approvedToken(cast.agent, cast.ben)
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE token_texts SET claims = (claims::jsonb || '{"sub":"somebody"}')::json WHERE jti = ${jti}`,
    )
    const agent = await cast.authority.store.agent('helpdesk-agent')
    if (!agent) throw new Error('no agent')
    const collecting = cast.authority.services.tokens.collect({ kind: 'agent', credentialId: '', agent }, request.id)
    await expect(collecting).rejects.toThrow('are not those its entry names')
  })
})
