/**
 * The authority as its own first executor: every change to it is an action, consented to, redeemed and logged.
 *
 * In: an ActionSpec whose audience is the authority, and its approval token. Out: what was made, secrets shown once.
 * Before the first admin exists, nobody could consent: then the operator's credential alone may add agents and
 * executors, their entries say `bootstrap: true`, and the first admin is shown them. What makes things safer
 * (revoking) needs no consent. SPEC 10.
 */
import {
  type ActionSpec,
  type ApprovalClaims,
  ApprovalError,
  actionDigest,
  openToken,
  parseAction,
  statementOf,
} from '@countersign/verifier'
import { parseChange } from '../../api/administration.ts'
import { type ApprovalRequest, newTrace, traceOf } from '../../domain/approval/approval-request.ts'
import { verifyStoredConsent } from '../../domain/consent/verify-consent.ts'
import type { Change } from '../../domain/identity/change.ts'
import { isOwnAgent, ownAgent, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Agent, Approver, Caller, Credential, Executor, Passkey } from '../../domain/identity/parties.ts'
import { type EntryMembers, type EntryType, type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'
import { partiesOfClaims } from '../../domain/ledger/entry-parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { refusalOf, validateForRedemption } from '../../domain/token/validate-redemption.ts'
import type { Ended } from '../../store/contract/request-store.ts'
import type { Redeem } from '../../store/contract/token-store.ts'
import type { Deps } from '../deps.ts'
import type { Opened, OpenInput } from '../requests/ask.ts'
import { revocationEntries } from '../stop/revoked.ts'
import type { Minted } from '../tokens/issue.ts'
import { alreadyReleased, createChanges } from './changes.ts'

export interface Administered {
  readonly name: string
  readonly subject: string
  readonly credential?: string
  readonly expiresAt?: number
  readonly link?: string
}

/** The authority as its own first executor (administration.ts). */
export interface Administration {
  /** Opens the request for a change, as a signed-in admin. */
  readonly propose: (admin: Approver, action: unknown) => Promise<Result<Opened>>
  readonly collect: (admin: Approver, id: string) => Promise<Result<Minted>>
  /** Carries the change out. `token` null only before the first admin, by the operator. */
  readonly perform: (by: Caller | Approver, action: unknown, token: string | null) => Promise<Result<Administered>>
  readonly agents: () => Promise<readonly (Agent & { readonly credentials: readonly Credential[] })[]>
  readonly executors: () => Promise<readonly (Executor & { readonly credentials: readonly Credential[] })[]>
  readonly approvers: () => Promise<
    readonly (Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] })[]
  >
  readonly revokeAgent: (by: Caller | Approver, id: string) => Promise<Result<true>>
  readonly revokeExecutor: (by: Caller | Approver, audience: string) => Promise<Result<true>>
  readonly revokeCredential: (by: Caller | Approver, id: string) => Promise<Result<true>>
}

/** What needs an admin's consent also while there is none. */
const NEVER_AT_BOOTSTRAP: readonly Change['kind'][] = [
  'approver.invite',
  'key.rotate',
  'log-key.announce',
  'payload.erase',
  'killswitch.release',
  'webhook.add',
]

/** How a change is proposed and its token collected: like any other action. */
interface Way {
  readonly open: (caller: Caller, input: OpenInput) => Promise<Result<Opened>>
  readonly view: (caller: Caller, id: string) => Promise<Result<ApprovalRequest>>
  readonly collect: (caller: Caller, id: string) => Promise<Result<Minted>>
}

export function createAdministration(deps: Deps, authority: Way): Administration {
  const { config, store, keys, log, now } = deps
  const party = { rpId: config.rpId, origin: config.origin }
  const prepare = createChanges(deps)
  const pages = (admin: Approver): Caller => ({
    kind: 'agent',
    credentialId: '',
    agent: ownAgent(PAGES_AGENT, admin.id),
  })

  const propose: Administration['propose'] = (admin, action) =>
    authority.open(pages(admin), { audience: config.origin, action, principal: admin.id })

  async function collect(admin: Approver, id: string) {
    const seen = await authority.view(pages(admin), id)
    if (!seen.ok || seen.value.principal !== admin.id) return refuse('not_found', 'You have proposed no such change.')
    return authority.collect(pages(admin), id)
  }

  async function perform(
    by: Caller | Approver,
    untrusted: unknown,
    token: string | null,
  ): Promise<Result<Administered>> {
    try {
      const action = parseAction(untrusted)
      const change = parseChange(action)
      if (!change.ok) return change
      return token === null ? await atBootstrap(by, change.value) : await approved(by, action, change.value, token)
    } catch (error) {
      if (error instanceof ApprovalError) return refuse(error.code, error.message)
      throw error
    }
  }

  /** Only while there is no admin, only the operator, and never an invitation: the first admin has a link of their own. */
  async function atBootstrap(by: Caller | Approver, change: Change): Promise<Result<Administered>> {
    const missing = refuse(
      'token_missing',
      'This change needs an admin’s approval. Propose it, then send its token in Approval-Token.',
    )
    if (!('kind' in by) || by.kind !== 'operator' || NEVER_AT_BOOTSTRAP.includes(change.kind)) return missing
    const trace = newTrace(deps.randomBytes)
    const prepared = await prepare(change, null, null)
    if (!prepared.ok) return prepared
    const { type, members, answer } = prepared.value
    const entry = await prepareEntry(type, now(), trace, { ...members, bootstrap: true })
    const verdict = await store.administerAtBootstrap(prepared.value.change, [entry], [])
    if (verdict === 'admin_exists') return missing
    if (verdict === 'exists') return exists(answer.subject)
    log.info('administration.done', { name: answer.name, subject: answer.subject, bootstrap: true, trace })
    return ok(answer)
  }

  /** The authority verifies the token as any executor would, spends it and makes the change, in one transaction. */
  async function approved(
    by: Caller | Approver,
    action: ActionSpec,
    change: Change,
    token: string,
  ): Promise<Result<Administered>> {
    const { claims } = await openToken(token, (kid) => keys.resolve(kid, now()))
    const fits = await validateOwn(claims, action, by)
    if (!fits.ok) return fits
    const consented = await consentsHold(claims)
    if (!consented.ok) return consented
    const prepared = await prepare(change, claims.approval.request, consenterOf(claims))
    if (!prepared.ok) return prepared
    const own = await store.executor(config.origin)
    if (!own) throw new Error('The authority is not registered as its own executor')
    const trace = traceOf(claims.approval.request)
    const redeemed = partiesOfClaims(claims)
    const { action: _action, name: _name, ...parties } = redeemed
    const redeem: Redeem = {
      jti: claims.jti,
      audience: config.origin,
      credentialHash: '',
      executorVersion: own.version,
      now: now(),
      signature: token.slice(token.lastIndexOf('.') + 1),
      entry: await prepareEntry('token.redeemed', now(), trace, redeemed),
    }
    const { type, members, answer } = prepared.value
    const verdict = await store.administer(
      redeem,
      prepared.value.change,
      [await prepareEntry(type, now(), trace, { ...parties, ...members })],
      [],
    )
    switch (verdict.verdict) {
      case 'redeemed':
        keys.refresh()
        log.info('administration.done', { name: answer.name, subject: answer.subject, trace })
        return ok(answer)
      case 'exists':
        return change.kind === 'killswitch.release' ? alreadyReleased() : exists(answer.subject)
      case 'unauthenticated':
      case 'stale_executor':
        return refuse('policy_denied', 'The authority’s own catalogue has changed. Propose the change again.')
      default:
        return { ok: false, refusal: refusalOf(verdict.verdict) }
    }
  }

  async function validateOwn(claims: ApprovalClaims, action: ActionSpec, by: Caller | Approver): Promise<Result<true>> {
    const valid = validateForRedemption(claims, config.origin, now())
    if (!valid.ok) return valid
    if (claims.aud !== config.origin) return refuse('token_audience', 'This token is made out to another executor.')
    if (claims.authorization_details[0].digest !== (await actionDigest(action, config.origin))) {
      return refuse('action_mismatch', 'This is not the change that was approved. Send exactly the approved action.')
    }
    if (claims.approval.origin !== 'human')
      return refuse('consent_missing', 'A change to the authority needs human consent.')
    const owner = 'kind' in by ? claims.act.sub !== PAGES_AGENT && by.kind === 'operator' : claims.sub === by.id
    return owner ? ok(true) : refuse('forbidden', 'This change was proposed by somebody else.')
  }

  /**
   * The people's signatures, checked as an executor with pinned keys would: neither the signing key nor the operator's
   * credential, nor both, can bring a change about.
   */
  async function consentsHold(claims: ApprovalClaims): Promise<Result<true>> {
    const people = new Set<string>()
    for (const consent of claims.approval.consents) {
      const admin = await store.approver(consent.approver)
      const passkey = (await store.passkeysOf(consent.approver)).find(({ key }) => key.kid === consent.key)
      if (!passkey || admin?.removedAt !== null || !admin.roles.includes('admin')) {
        return refuse('consent_invalid', 'A consent in this token is by nobody who is an admin here.')
      }
      if (consent.batch) return refuse('consent_invalid', 'A change here needs a consent of its own, not one of many.')
      const verified = await verifyStoredConsent(statementOf(claims, consent), consent, passkey, party)
      if (!verified.ok) return verified
      people.add(consent.approver)
    }
    if (people.size > 0 && people.size >= claims.approval.quorum) return ok(true)
    return refuse('quorum_unmet', 'Too few admins consented to this change.')
  }

  // ── revoking ─────────────────────────────────────────────────────────────

  const byMember = (by: Caller | Approver): EntryMembers => ('kind' in by ? { by: by.kind } : { approver: by.id })

  async function revoking(
    type: EntryType,
    members: EntryMembers,
    run: (entries: (ended: Ended) => Promise<readonly PreparedEntry[]>) => Promise<boolean>,
  ): Promise<Result<true>> {
    const trace = newTrace(deps.randomBytes)
    const cause = await prepareEntry(type, now(), trace, members)
    if (!(await run((ended) => revocationEntries(cause, ended)))) {
      return refuse('not_found', 'There is nothing to revoke under that name, or it is revoked already.')
    }
    log.warn('administration.revoked', { type, trace })
    return ok(true)
  }

  return {
    propose,
    collect,
    perform,
    agents: async () => (await store.listAgents()).filter((agent) => !isOwnAgent(agent.id)),
    executors: store.listExecutors,
    approvers: store.listApprovers,
    async revokeAgent(by, id) {
      if (isOwnAgent(id))
        return refuse('forbidden', 'The authority’s own agent cannot be revoked; its credentials can.')
      return revoking('agent.removed', { agent: id, ...byMember(by) }, (entries) =>
        store.revokeAgent(id, now(), entries),
      )
    },
    async revokeExecutor(by, audience) {
      if (audience === config.origin)
        return refuse('forbidden', 'The authority is its own executor and cannot be revoked.')
      return revoking('executor.removed', { executor: audience, ...byMember(by) }, (entries) =>
        store.revokeExecutor(audience, now(), entries),
      )
    },
    revokeCredential: (by, id) =>
      revoking('credential.revoked', { credential: id, ...byMember(by) }, async (entries) =>
        store.revokeCredential(id, now(), await entries({ requests: [], tokens: [] })),
      ),
  }
}

const exists = (subject: string) =>
  refuse('invalid_request', `${subject} exists already. Choose another name, or revoke it first.`, { status: 409 })

const consenterOf = (claims: ApprovalClaims): string | null => claims.approval.consents[0]?.approver ?? null
