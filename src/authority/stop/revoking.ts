/**
 * Revoking one token or one request, and saying whether a token is live.
 *
 * In: who asks, and an id or a token as presented. Out: what was ended, or a refusal. Needs no consent, since it makes
 * things safer; agents, executors and keys are revoked in administration.ts and access.ts. A token's text is opened for
 * its jti and never kept. SPEC 9; RFC 7009, RFC 7662.
 */
import { type ApprovalClaims, ApprovalError, openToken } from '@countersign/verifier'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import type { EntryMembers } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { tooMany } from '../refusals.ts'
import type { Introspection, Revoking } from './control.ts'
import { endedEntries } from './revoked.ts'

const NOTHING = () => refuse('not_found', 'There is nothing to revoke under that id, or it has ended already.')

export function createRevoking(deps: Deps): Revoking {
  const { store, keys, limits, log, now, nowMs } = deps

  async function revoke(what: 'token' | 'request', by: EntryMembers, id: string): Promise<Result<true>> {
    const verdict = await store[what === 'token' ? 'revokeToken' : 'revokeRequest']({
      id,
      nowMs: nowMs(),
      entriesFor: (ended) => endedEntries({ at: now() }, ended, by),
    })
    if (verdict === 'unknown' || verdict === 'ended') return NOTHING()
    log.warn(`${what}.revoked`, { [what === 'token' ? 'jti' : 'request']: id, verdict })
    return ok(true)
  }

  /** The claims of a token that this authority signed, whatever became of it since. */
  async function opened(token: string): Promise<ApprovalClaims | undefined> {
    try {
      return (await openToken(token, (kid) => keys.resolve(kid, now()))).claims
    } catch (error) {
      if (error instanceof ApprovalError) return undefined
      throw error
    }
  }

  async function revokePresented(by: Caller, token: string): Promise<Result<true>> {
    const waitSeconds = await waitOf(by)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    const claims = await opened(token)
    if (!claims) return ok(true)
    if (!isParty(by, claims)) {
      return refuse('forbidden', 'Only its actor, its executor or an operator may revoke this token.')
    }
    const revoked = await revoke('token', byMember(by), claims.jti)
    return revoked.ok || revoked.refusal.code === 'not_found' ? ok(true) : revoked
  }

  async function waitOf(by: Caller): Promise<number | null> {
    if (by.kind === 'agent') return limits.take('agent', by.agent.id)
    return by.kind === 'executor' ? limits.take('executor', by.executor.audience) : null
  }

  async function introspect(by: Caller, token: string): Promise<Introspection> {
    const claims = await opened(token)
    const isIts = by.kind !== 'executor' || claims?.aud === by.executor.audience
    return claims && isIts && (await store.isLive(claims.jti, now())) ? { active: true, claims } : { active: false }
  }

  return {
    revokeToken: (by, jti) => revoke('token', byMember(by), jti),
    revokeRequest: (by, id) => revoke('request', byMember(by), id),
    revokePresented,
    introspect,
  }
}

function isParty(by: Caller, claims: ApprovalClaims): boolean {
  if (by.kind === 'agent') return by.agent.id === claims.client_id
  return by.kind === 'executor' ? by.executor.audience === claims.aud : by.kind === 'operator'
}

const byMember = (by: Caller | Approver): EntryMembers => ('kind' in by ? { by: by.kind } : { approver: by.id })
