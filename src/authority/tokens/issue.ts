/**
 * Write down, mint: from an approved request to its token, issued once and the same one until it ends.
 *
 * In: a request, its actor's call. Out: a minted token. Claims are committed with their entry before anything is
 * signed, so a death in between mints the same `jti` again. Policy and consents are checked anew. SPEC 6, 11.
 */
import { type ApprovalClaims, base64urlEncode, digestOf, type JsonObject, verifyDpop } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { buildStatement } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyStoredConsent } from '../../domain/consent/verify-consent.ts'
import { askingAgent } from '../../domain/identity/own-agents.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { leafDigest, receiptFor } from '../../domain/ledger/receipt.ts'
import { decide } from '../../domain/policy/decide.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import { statusUri } from '../../domain/stop/status-list-claims.ts'
import { buildClaims, withLog } from '../../domain/token/build-claims.ts'
import { type Cause, mint } from '../../domain/token/mint.ts'
import type { SigningKey } from '../../domain/token/signing-keys.ts'
import type { IssuedToken } from '../../store/contract/token-store.ts'
import type { Deps } from '../deps.ts'
import { KILLED, notFound, parsing, refusalOfState } from '../refusals.ts'

export interface Minted {
  readonly token: string
  readonly jti: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly bound: boolean
  readonly authorizationDetails: readonly JsonObject[]
}

/** A proof of possession that came with a call: the DPoP header, and what it must cover. */
export interface PossessionProof {
  readonly proof: string
  readonly method: string
  readonly url: string
}

type Consents = ApprovalClaims['approval']['consents']

/** A token's claims and its entry, not yet committed. */
export interface Issued {
  readonly token: IssuedToken
  readonly entry: PreparedEntry
  /** Found before anything is committed, so that what is written down can also be signed. */
  readonly key: SigningKey
}

export type Issuing = ReturnType<typeof createIssuing>

export function createIssuing(deps: Deps) {
  const { config, store, policy, keys, log } = deps
  const party = { rpId: config.rpId, origin: config.origin }

  /** The actor's token: issued once, from then on the same one until it ends. */
  async function collect(caller: Caller, id: string, possession?: PossessionProof): Promise<Result<Minted>> {
    const bound = await keyOf(possession)
    return bound.ok ? collectBound(caller, id, bound.value) : bound
  }

  async function collectBound(caller: Caller, id: string, jkt: string | null): Promise<Result<Minted>> {
    const agent = askingAgent(caller)
    const request = await store.request(id)
    if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
    if (request.actor !== agent.id)
      return refuse('forbidden', 'Only the actor that the policy names may collect this token.')
    const over = refusalOfState(stateAt(request, deps.now()), 'collecting')
    if (over) return { ok: false, refusal: over }
    const cause = await causeOf(request)
    if (!cause.ok) return refusedToken(request, cause.refusal)
    const consents = cause.value.origin === 'human' ? cause.value.consents.map(({ consent }) => consent) : []
    return issueOnce(request, cause.value, consents, jkt)
  }

  async function keyOf(possession: PossessionProof | undefined): Promise<Result<string | null>> {
    if (!possession) return ok(null)
    return parsing(async () => {
      const { jkt } = await verifyDpop(possession.proof, {
        method: possession.method,
        url: possession.url,
        now: deps.now(),
      })
      return ok(jkt)
    })
  }

  async function issueOnce(
    request: ApprovalRequest,
    cause: Cause,
    consents: Consents,
    jkt: string | null,
  ): Promise<Result<Minted>> {
    if (request.jti === null) {
      const issued = await issueFor(request, consents, jkt)
      const verdict = await store.issueToken(issued.token, issued.entry)
      if (verdict.verdict === 'not_approved') return refuse('request_expired', 'The request is over. Open a new one.')
      if (verdict.verdict === 'killed') return refusedToken(request, KILLED)
      if (verdict.verdict === 'issued') return mintCommitted(cause, issued.token.claims, issued, verdict.leaf)
    }
    return mintAgain(request, cause, jkt)
  }

  /** Claims committed before, perhaps by a process that died before it signed them. */
  async function mintAgain(request: ApprovalRequest, cause: Cause, jkt: string | null): Promise<Result<Minted>> {
    if (await store.isStopped(request.id)) return refusedToken(request, KILLED)
    const claims = await store.issuedClaims(request.id)
    if (!claims) return refuse('request_expired', 'The token of this request has been erased. Open a new request.')
    if (claims.exp <= deps.now())
      return refuse('request_expired', 'The token of this request has ended. Open a new request.')
    if ((claims.cnf?.jkt ?? null) !== jkt)
      return refuse('proof_of_possession', 'This token is bound otherwise. Prove the key it was bound to.')
    const { log: place, ...rest } = claims
    const written = await issuedEntry(request, claims.jti, claims.iat, rest)
    if (leafDigest(written.leaf) !== place.leaf)
      throw new Error(`The claims of ${claims.jti} are not those its entry names`)
    return mintCommitted(cause, claims, { entry: written, key: await keys.current(deps.now()) }, written.leaf)
  }

  async function mintCommitted(
    cause: Cause,
    claims: ApprovalClaims,
    written: Pick<Issued, 'entry' | 'key'>,
    leaf: Uint8Array,
  ): Promise<Result<Minted>> {
    const minted = await mint(cause, receiptFor(written.entry, leaf), claims, written.key)
    if (!minted.ok) return minted
    const signature = minted.value.slice(minted.value.lastIndexOf('.') + 1)
    await deps.signatures.keep({ jti: claims.jti, signature, kid: written.key.kid })
    return ok({
      token: minted.value,
      jti: claims.jti,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      bound: claims.cnf !== undefined,
      authorizationDetails: JSON.parse(JSON.stringify(claims.authorization_details)),
    })
  }

  /** Claims and their entry, not yet committed. */
  async function issueFor(request: ApprovalRequest, consents: Consents, jkt: string | null) {
    if (!request.action) throw new Error('The action of this request has been erased')
    const key = await keys.current(deps.now())
    const jti = base64urlEncode(deps.randomBytes(16))
    const now = deps.now()
    const place = await deps.nextStatusPlace()
    const bare = buildClaims({
      issuer: config.origin,
      request,
      resource: request.action.resource,
      salt: request.action.salt,
      consents,
      jti,
      now,
      status: { idx: place.index, uri: statusUri(config.origin, place.list) },
      jkt,
    })
    const written = await issuedEntry(request, jti, now, bare)
    const claims = withLog(bare, config.origin, leafDigest(written.leaf))
    const token: IssuedToken = {
      jti,
      request: request.id,
      agent: request.agent,
      audience: request.audience,
      statusList: place.list,
      statusIndex: place.index,
      uses: request.terms.uses,
      issuedAt: now,
      expiresAt: claims.exp,
      claims,
    }
    return { token, entry: written, key }
  }

  async function issuedEntry(request: ApprovalRequest, jti: string, at: number, claims: Omit<ApprovalClaims, 'log'>) {
    const members = {
      jti,
      quorum: claims.approval.quorum,
      origin: claims.approval.origin,
      claims: await digestOf(claims),
    }
    return requestEntry(request, 'token.issued', at, members)
  }

  /** Why this token may exist, as of now: the policy is asked again, and every stored consent is checked again. */
  async function causeOf(request: ApprovalRequest): Promise<Result<Cause>> {
    const [decision, given] = await Promise.all([decideAgain(request), store.consents(request.id)])
    if (decision.effect === 'deny')
      return refuse('policy_denied', `${decision.reason} It was possible before; it is not now.`)
    if (request.origin === 'policy') {
      if (decision.effect === 'allow') return ok({ origin: 'policy', decision })
      return refuse('policy_denied', 'The policy now asks for human consent. Open a new request.')
    }
    const consents: VerifiedConsent[] = []
    for (const stored of given) {
      const passkey = await store.passkey(stored.credentialId)
      if (!passkey) return refuse('consent_invalid', 'A passkey that consented is unknown.')
      const separation = request.separation ?? true
      const statement = buildStatement(config.origin, request, stored.approver, separation, stored.consent.nonce)
      const verified = await verifyStoredConsent(statement, stored.consent, passkey, party)
      if (!verified.ok) return verified
      consents.push(verified.value)
    }
    // Before anything is written down: a ledger entry for a token that cannot be minted would be a lie.
    if (new Set(consents.map(({ approver }) => approver)).size < request.terms.quorum) {
      return refuse('quorum_unmet', 'Too few people have consented. Wait for the others, or open a new request.')
    }
    return ok({ origin: 'human', consents })
  }

  async function decideAgain(request: ApprovalRequest): Promise<PolicyDecision> {
    const [agent, executor] = await Promise.all([
      deps.parties.agent(request.agent, request.principal),
      store.executor(request.audience),
    ])
    if (!agent || !executor || !request.action) {
      return { effect: 'deny', policy: policy.digest, reason: 'The agent, the executor or the action is gone.' }
    }
    return decide(policy, {
      agent,
      principal: request.principal,
      executor,
      name: request.name,
      resource: request.action.resource,
      arguments: request.action.arguments,
      preview: request.preview?.content ?? null,
      now: deps.now(),
    })
  }

  async function refusedToken(request: ApprovalRequest, refusal: Refusal) {
    await store.appendEntries([await requestEntry(request, 'token.refused', deps.now(), { code: refusal.code })])
    log.warn('token.refused', { trace: request.trace, request: request.id, code: refusal.code })
    return { ok: false as const, refusal }
  }

  return { collect, collectBound, issueFor, keyOf, mintCommitted }
}
