/**
 * The way of an approval on one page: ask, decide, hold, show, consent, write down, mint, spend, report.
 *
 * In: calls from the doors (`http/`, `web/`), who makes them already known. Out: results or tagged refusals.
 * It reads the clock, randomness and the store; every rule it applies lives in a stage. The store's one statement
 * decides each race; what it returns is the verdict. Specification: DESIGN 2.
 */
import {
  type ActionSpec,
  type ApprovalClaims,
  ApprovalError,
  actionDigest,
  base64urlEncode,
  digestOf,
  openToken,
  parseAction,
  parseChallenge,
  parsePreview,
  previewDigest,
  verifyDpop,
} from '@countersign/verifier'
import { ok, type Refusal, type Result, refuse } from './action/refusal.ts'
import { type Asked, actorChain, openedRequest, type PermittedDecision } from './approval/open.ts'
import { type ApprovalRequest, stateAt, traceOf } from './approval/request.ts'
import { readAssertion } from './consent/assertion.ts'
import { buildStatement, consentGesture } from './consent/challenge.ts'
import { approvesForSelf, eligibility } from './consent/eligibility.ts'
import { type VerifiedConsent, verifyConsent, verifyStoredConsent } from './consent/verify.ts'
import { createStatusPlaces, statusUri } from './control/status-list.ts'
import type { Agent, Approver, Caller, Executor } from './identity/parties.ts'
import { leafDigest, receiptFor } from './ledger/append.ts'
import { type EntryMembers, type EntryType, type PreparedEntry, prepareEntry } from './ledger/entry.ts'
import { type Payload, type PayloadKind, preparePayload, resourceDigest } from './ledger/payload.ts'
import { decide } from './policy/decide.ts'
import type { PolicyDecision } from './policy/policy.ts'
import { refusalOf, validateForRedemption } from './redemption/redeem.ts'
import type { Authority, Deps, Inbox, Minted, Opened, OpenInput, PossessionProof, Redeemed } from './services.ts'
import type { Idempotency, IssuedToken, RequestRow } from './store/store.ts'
import { buildClaims, withLog } from './token/claims.ts'
import { importVerificationKey } from './token/keys.ts'
import { type Cause, mint } from './token/mint.ts'

/** Agents of the authority itself: what an operator or an admin's page proposes. They ask nobody but the authority. */
export const OPERATOR_AGENT = 'countersign-operator'
export const PAGES_AGENT = 'countersign-pages'

const ANSWERED_FOR_SECONDS = 86_400
const INBOX_LIMIT = 200
const PAYLOAD_SALT_BYTES = 16

export function createAuthority(deps: Deps): Authority {
  const { config, store, policy, keys, events, limits, log } = deps
  const party = { rpId: config.rpId, origin: config.origin }
  const nextStatusPlace = createStatusPlaces(store.reserveStatusPositions, deps.randomBytes)
  const randomId = () => base64urlEncode(deps.randomBytes(16))
  /** Executors as policy last saw them; the deciding statement refuses a copy that is no longer current. */
  const executorsSeen = new Map<string, Executor>()
  const agentsSeen = new Map<string, Agent>()

  // ── ask ──────────────────────────────────────────────────────────────────

  /** The agent's own door: it names the executor and the action, and its preview is a claim. */
  async function open(caller: Caller, input: OpenInput): Promise<Result<Opened>> {
    const agent = askingAgent(caller)
    if (!agent) return refuse('forbidden', 'Only agents propose actions. Use an agent’s credential.')
    const waitSeconds = await limits.take('agent', agent.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    if (caller.kind !== 'agent' && input.audience !== config.origin) {
      return refuse('forbidden', 'An operator proposes changes to this authority alone. Use an agent’s credential.')
    }
    const executor = await store.executor(input.audience)
    if (!executor)
      return refuse('not_found', 'No executor is registered for this audience. Check the spelling.', { status: 404 })
    const act = actorChain(agent.id, input.act)
    if (!act) return refuse('invalid_request', 'act must be a chain of { "sub", "act" }, at most eight long.')
    return parsing(async () => {
      const action = parseAction(input.action)
      const preview = input.preview === undefined ? null : parsePreview(input.preview)
      return hold(
        {
          ...(await commonTo(executor, action, input.expiresInSeconds)),
          door: 'agent',
          agent,
          executor,
          principal: input.principal ?? agent.principals[0] ?? agent.id,
          act,
          action,
          preview: preview && {
            by: 'agent',
            content: preview,
            digest: await digestPreview('agent', preview, executor, action),
          },
          reason: input.reason ?? null,
        },
        { idempotency: idempotencyOf(agent, input), challenge: null, parentTrace: input.parentTrace },
      )
    })
  }

  /** The executor's door: it signed the whole action and its own preview; what the agent adds counts for nothing. */
  async function openFromChallenge(caller: Caller, jws: string): Promise<Result<Opened>> {
    if (caller.kind !== 'agent') return refuse('forbidden', 'Only agents relay challenges. Use an agent’s credential.')
    const waitSeconds = await limits.take('agent', caller.agent.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    return parsing(async () => {
      const challenge = await parseChallenge(jws, {
        audience: config.origin,
        now: deps.now(),
        resolveKey: challengeKey,
      })
      const executor = await store.executor(challenge.iss)
      if (!executor) return notFound()
      if (challenge.act && challenge.act.sub !== caller.agent.id) {
        return refuse('forbidden', 'The executor gave this challenge to another agent.')
      }
      const { action, preview } = challenge
      return hold(
        {
          ...(await commonTo(executor, action, undefined)),
          txn: challenge.txn,
          door: 'executor',
          agent: caller.agent,
          executor,
          principal: caller.agent.principals[0] ?? caller.agent.id,
          act: actorChain(caller.agent.id, undefined) ?? { sub: caller.agent.id },
          action,
          preview:
            preview === undefined
              ? null
              : {
                  by: 'executor',
                  content: preview,
                  digest: await digestPreview('executor', preview, executor, action),
                },
          reason: challenge.reason,
        },
        { idempotency: null, challenge: { issuer: challenge.iss, jti: challenge.jti }, parentTrace: undefined },
      )
    })
  }

  /** A registered executor's public key, by its id. */
  async function challengeKey(kid: string, audience: string) {
    const executor = await store.executor(audience)
    const jwk = executor?.revokedAt === null ? executor.challengeKeys.find((key) => key.kid === kid) : undefined
    return jwk && importVerificationKey(jwk)
  }

  async function commonTo(executor: Executor, action: ActionSpec, expiresInSeconds: number | undefined) {
    const now = deps.now()
    const id = randomId()
    const digest = await actionDigest(action, executor.audience)
    return { id, txn: id, now, digest, expiresAt: now + (expiresInSeconds ?? config.requestTtlSeconds) }
  }

  // ── decide, hold ─────────────────────────────────────────────────────────

  interface Arrival {
    readonly idempotency: Idempotency | null
    readonly challenge: { readonly issuer: string; readonly jti: string } | null
    readonly parentTrace: string | undefined
  }

  async function hold(asked: Asked, arrival: Arrival): Promise<Result<Opened>> {
    const decision = await decide(policy, {
      agent: asked.agent,
      principal: asked.principal,
      executor: asked.executor,
      name: asked.action.name,
      resource: asked.action.resource,
      arguments: asked.action.arguments,
      preview: asked.preview?.content ?? null,
      now: asked.now,
    })
    if (decision.effect === 'deny') return denyByPolicy(asked, decision, arrival)
    const request = openedRequest(asked, decision)
    const { payloads, entries } = await recordOf(asked, decision, arrival)
    const issued = decision.effect === 'allow' ? await issueFor(request, [], null) : null
    const verdict = await store.openRequest({
      request: rowOf(request),
      payloads,
      entries,
      idempotency: arrival.idempotency,
      challenge: arrival.challenge,
      limits: decision.effect === 'allow' ? null : config,
      token: issued && { issued: issued.token, entry: issued.entry },
    })
    switch (verdict.verdict) {
      case 'opened':
        log.info('request.opened', {
          trace: request.trace,
          request: request.id,
          agent: request.agent,
          decision: decision.effect,
        })
        return opened(request, decision, issued, verdict.leaf)
      case 'replayed':
        return reopened(verdict.request, asked.agent)
      case 'challenge_used':
        if (verdict.agent === asked.agent.id) return reopened(verdict.request, asked.agent)
        return refuse('forbidden', 'This challenge was relayed by another agent.')
      case 'idempotency_mismatch':
        return refuse('invalid_request', 'This Idempotency-Key was used with another body. Use a new key.', {
          status: 422,
        })
      case 'agent_limit':
        return refuse('rate_limited', 'Too many of this agent’s requests wait for an answer. Wait, or withdraw some.', {
          retryAfterSeconds: 30,
        })
      case 'group_limit':
        return refuse('rate_limited', 'Too many requests wait for these approvers. Try again later.', {
          retryAfterSeconds: 30,
        })
    }
  }

  /** A request that was allowed yields its token in the same breath, where the agent is its actor. */
  async function opened(
    request: ApprovalRequest,
    decision: PermittedDecision,
    issued: Awaited<ReturnType<typeof issueFor>> | null,
    leaf: Uint8Array | null,
  ): Promise<Result<Opened>> {
    if (!issued || !leaf || decision.effect !== 'allow') return ok({ request, token: null })
    const withToken = { ...request, jti: issued.token.jti }
    if (request.actor !== request.agent) return ok({ request: withToken, token: null })
    const minted = await mintCommitted({ origin: 'policy', decision }, issued.token.claims, issued.entry, leaf)
    return minted.ok ? ok({ request: withToken, token: minted.value }) : minted
  }

  /** The same call again: the same request, and the same token while it lives. */
  async function reopened(id: string, agent: Agent): Promise<Result<Opened>> {
    const request = await store.request(id)
    if (!request) return notFound()
    if (request.origin !== 'policy' || request.actor !== agent.id) return ok({ request, token: null })
    const minted = await collect({ kind: 'agent', credentialId: '', agent }, id)
    return ok({ request, token: minted.ok ? minted.value : null })
  }

  /** What the policy denies ends here, but not unseen. */
  async function denyByPolicy(
    asked: Asked,
    decision: PolicyDecision & { effect: 'deny' },
    arrival: Arrival,
  ): Promise<Result<Opened>> {
    const { entries } = await recordOf(asked, decision, arrival)
    await store.appendEntries(entries)
    log.info('request.denied', { trace: traceOf(asked.id), agent: asked.agent.id, name: asked.action.name })
    return refuse('policy_denied', `${decision.reason} Nothing was asked of anyone. Trace ${traceOf(asked.id)}.`)
  }

  /** The entries and erasable payloads of a request just opened. */
  async function recordOf(asked: Asked, decision: PolicyDecision, arrival: Arrival) {
    const payloads: Payload[] = []
    const keep = async (kind: PayloadKind, content: Parameters<typeof preparePayload>[2]) => {
      payloads.push(
        await preparePayload(asked.id, kind, content, base64urlEncode(deps.randomBytes(PAYLOAD_SALT_BYTES))),
      )
    }
    await keep('action', { ...asked.action })
    if (asked.preview) await keep('preview', JSON.parse(JSON.stringify(asked.preview.content)))
    if (asked.reason !== null) await keep('reason', asked.reason)
    const members = {
      request: asked.id,
      agent: asked.agent.id,
      principal: asked.principal,
      executor: asked.executor.audience,
      action: asked.digest,
      name: asked.action.name,
    }
    const trace = traceOf(asked.id)
    const entries = [
      await prepareEntry('request.created', asked.now, trace, {
        ...members,
        door: asked.door,
        txn: asked.txn,
        resource: await resourceDigest(asked.action.resource, asked.action.salt),
        preview: asked.preview?.digest ?? null,
        preview_by: asked.preview?.by ?? null,
        expires: asked.expiresAt,
        payloads: payloads.map((payload) => payload.digest),
        ...(arrival.parentTrace === undefined ? {} : { parent_trace: arrival.parentTrace }),
      }),
      await prepareEntry('request.decided', asked.now, trace, {
        ...members,
        decision: decision.effect,
        policy: decision.policy,
        ...(decision.effect === 'deny' ? {} : { quorum: decision.effect === 'allow' ? 0 : decision.terms.quorum }),
      }),
    ]
    return { payloads: decision.effect === 'deny' ? [] : payloads, entries }
  }

  // ── show ─────────────────────────────────────────────────────────────────

  async function view(caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
    const request = await store.request(id)
    const agent = askingAgent(caller)
    if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
    return ok({ ...request, state: stateAt(request, deps.now()) })
  }

  async function settled(caller: Caller, id: string, timeoutMs: number, signal?: AbortSignal) {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const left = deadline - performance.now()
      // Listen first, look second: what happens in between wakes the listener.
      const woken = events.waitFor(`request:${id}`, Math.max(0, left), signal)
      const seen = await view(caller, id)
      if (!seen.ok || seen.value.state !== 'pending' || left <= 0 || signal?.aborted) return seen
      await woken
    }
  }

  async function inbox(approver: Approver): Promise<Inbox> {
    const now = deps.now()
    const groups = approver.roles.filter((role) => role !== 'auditor')
    const options = { decidedSince: now - ANSWERED_FOR_SECONDS, limit: INBOX_LIMIT }
    const all = (await Promise.all(groups.map((group) => store.inbox(group, now, options)))).flat()
    const waiting = all.filter((request) => stateAt(request, now) === 'pending')
    const answered = all.filter((request) => stateAt(request, now) !== 'pending')
    const seen = all.map((request) => [request.id, stateAt(request, now), request.consents])
    return { waiting, answered, version: (await digestOf(seen)).slice('sha-256:'.length, 'sha-256:'.length + 22) }
  }

  async function inboxChanged(
    version: string,
    approver: Approver,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Inbox> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const left = deadline - performance.now()
      // A request that expires announces nothing, so look again every few seconds.
      const woken = events.waitFor('inbox', Math.min(Math.max(0, left), 5000), signal)
      const seen = await inbox(approver)
      if (seen.version !== version || left <= 0 || signal?.aborted) return seen
      await woken
    }
  }

  async function show(approver: Approver, id: string) {
    const request = await store.request(id)
    if (!request || !approver.roles.some((role) => role !== 'auditor')) return notFound()
    const people = await store.listApprovers()
    const runs = people.find((person) => person.id === approver.id)?.runs ?? []
    const eligible = eligibility(request, approver, runs)
    const consents = await store.consents(id)
    return ok({
      request,
      state: stateAt(request, deps.now()),
      cannotConsent: eligible.ok ? null : eligible.refusal.message,
      selfApproval: approvesForSelf(request, approver.id, runs),
      consentedByMe: consents.some((consent) => consent.approver === approver.id),
      principalName: people.find((person) => person.id === request.principal)?.name ?? null,
      policyTitle: request.policy === policy.digest ? policy.title : 'an earlier policy',
    })
  }

  // ── consent, or deny ─────────────────────────────────────────────────────

  async function offerConsent(approver: Approver, id: string) {
    const answerable = await answerableBy(approver, id)
    if (!answerable.ok) return answerable
    const { request, separation } = answerable.value
    const nonce = base64urlEncode(deps.randomBytes(32))
    const statement = buildStatement(config.origin, request, approver.id, separation, nonce)
    const passkeys = (await store.passkeysOf(approver.id)).filter((passkey) => passkey.revokedAt === null)
    const { challenge, options } = await consentGesture(config.rpId, statement, passkeys)
    await store.offer({
      challenge,
      purpose: 'consent',
      approver: approver.id,
      request: id,
      context: { statement },
      expiresAt: request.expiresAt,
    })
    return ok({ statement: { ...statement, act: JSON.parse(JSON.stringify(statement.act)) }, options })
  }

  async function consent(approver: Approver, id: string, untrusted: unknown) {
    const answerable = await answerableBy(approver, id)
    if (!answerable.ok) return answerable
    const { request, separation } = answerable.value
    const verified = await verifyOffered(approver, request, separation, untrusted)
    if (!verified.ok) return refusedConsent(approver, request, verified.refusal)
    const { credentialId, counter, backedUp } = verified.value
    const now = deps.now()
    const verdict = await store.recordConsent({
      request: id,
      approver: approver.id,
      credentialId,
      consent: verified.value.consent,
      separation,
      counter,
      backedUp,
      now,
      entry: await entry(request, 'consent.given', { approver: approver.id, consent: verified.value.consent }),
    })
    if (verdict.verdict !== 'recorded') return answeredBefore(id, verdict.verdict)
    log.info('consent.given', { trace: request.trace, request: id, approver: approver.id, approved: verdict.approved })
    return answerOf(id)
  }

  /** Takes the offer, in a statement of its own, and checks the signature over exactly what was offered. */
  async function verifyOffered(
    approver: Approver,
    request: ApprovalRequest,
    separation: boolean,
    untrusted: unknown,
  ): Promise<Result<VerifiedConsent>> {
    const stale = refuse('consent_invalid', 'This offer is no longer open. Load the page again.')
    const assertion = readAssertion(untrusted)
    if (!assertion.ok) return assertion
    const passkey = await store.passkey(assertion.value.credentialId)
    if (!passkey || passkey.approver !== approver.id)
      return refuse('consent_invalid', 'This passkey is not one of yours.')
    const offer = await store.takeOffer(assertion.value.challenge, 'consent', deps.now())
    const statement = offer?.context.statement
    if (!offer || !statement || offer.approver !== approver.id || offer.request !== request.id) return stale
    // What was offered must still be what the request is.
    if (statement.separation !== separation || statement.action !== request.digest) return stale
    return verifyConsent(statement, untrusted, passkey, party)
  }

  async function deny(approver: Approver, id: string, reason?: string) {
    const request = await store.request(id)
    if (!request || !approver.roles.includes(request.terms.approvers)) return notFound()
    const payloads =
      reason === undefined
        ? []
        : [await preparePayload(id, 'denial', reason, base64urlEncode(deps.randomBytes(PAYLOAD_SALT_BYTES)))]
    const members = { approver: approver.id, payloads: payloads.map((payload) => payload.digest) }
    const denied = await store.recordDenial(
      id,
      approver.id,
      deps.now(),
      await entry(request, 'consent.denied', members),
      payloads,
    )
    if (!denied) return answeredBefore(id, 'too_late')
    log.info('consent.denied', { trace: request.trace, request: id, approver: approver.id })
    return answerOf(id)
  }

  async function withdraw(caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
    const seen = await view(caller, id)
    if (!seen.ok) return seen
    const request = seen.value
    const withdrawn = await store.withdraw(id, request.agent, deps.now(), await entry(request, 'request.withdrawn', {}))
    if (!withdrawn) return answeredBefore(id, 'too_late')
    return view(caller, id)
  }

  /** A pending request that this person may consent to, and the separation their statement has to state. */
  async function answerableBy(approver: Approver, id: string) {
    const waitSeconds = await limits.take('approver', approver.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    const request = await store.request(id)
    if (!request || !approver.roles.some((role) => role !== 'auditor')) return notFound()
    const over = refusalOfState(stateAt(request, deps.now()))
    if (over) return { ok: false as const, refusal: over }
    const people = await store.listApprovers()
    const eligible = eligibility(request, approver, people.find((person) => person.id === approver.id)?.runs ?? [])
    return eligible.ok ? ok({ request, separation: eligible.value }) : eligible
  }

  async function answerOf(id: string) {
    const request = await store.request(id)
    return request ? ok({ request }) : notFound()
  }

  async function answeredBefore(id: string, verdict: 'too_late' | 'duplicate') {
    if (verdict === 'duplicate')
      return refuse('request_denied', 'You have consented to this request before.', { status: 409 })
    const request = await store.request(id)
    const over = request && refusalOfState(stateAt(request, deps.now()))
    return {
      ok: false as const,
      refusal: over ?? { code: 'request_denied' as const, message: 'The request has changed. Load the page again.' },
    }
  }

  async function refusedConsent(approver: Approver, request: ApprovalRequest, refusal: Refusal) {
    await store.appendEntries([await entry(request, 'token.refused', { approver: approver.id, code: refusal.code })])
    log.warn('consent.refused', {
      trace: request.trace,
      request: request.id,
      approver: approver.id,
      code: refusal.code,
    })
    return { ok: false as const, refusal }
  }

  // ── write down, mint ─────────────────────────────────────────────────────

  /** The actor's token: issued once, from then on the same one until it ends. */
  async function collect(caller: Caller, id: string, possession?: PossessionProof): Promise<Result<Minted>> {
    const agent = askingAgent(caller)
    const request = await store.request(id)
    if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
    if (request.actor !== agent.id)
      return refuse('forbidden', 'Only the actor that the policy names may collect this token.')
    const over = refusalOfState(stateAt(request, deps.now()), 'collecting')
    if (over) return { ok: false, refusal: over }
    const bound = await keyOf(possession)
    if (!bound.ok) return bound
    const cause = await causeOf(request)
    if (!cause.ok) return refusedToken(request, cause.refusal)
    const consents = cause.value.origin === 'human' ? cause.value.consents.map(({ consent }) => consent) : []
    return issueOnce(request, cause.value, consents, bound.value)
  }

  async function issueOnce(
    request: ApprovalRequest,
    cause: Cause,
    consents: ApprovalClaims['approval']['consents'],
    jkt: string | null,
  ): Promise<Result<Minted>> {
    if (request.jti === null) {
      const issued = await issueFor(request, consents, jkt)
      const verdict = await store.issueToken(issued.token, issued.entry)
      if (verdict.verdict === 'not_approved') return refuse('request_expired', 'The request is over. Open a new one.')
      if (verdict.verdict === 'issued') return mintCommitted(cause, issued.token.claims, issued.entry, verdict.leaf)
    }
    return mintAgain(request, cause, jkt)
  }

  /** Claims committed before, perhaps by a process that died before it signed them. */
  async function mintAgain(request: ApprovalRequest, cause: Cause, jkt: string | null): Promise<Result<Minted>> {
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
    return mintCommitted(cause, claims, written, written.leaf)
  }

  async function mintCommitted(
    cause: Cause,
    claims: ApprovalClaims,
    written: PreparedEntry,
    leaf: Uint8Array,
  ): Promise<Result<Minted>> {
    const minted = await mint(cause, receiptFor(written, leaf), claims, await keys.current(deps.now()))
    if (!minted.ok) return minted
    await store.recordSignature(claims.jti, minted.value.slice(minted.value.lastIndexOf('.') + 1))
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
  async function issueFor(
    request: ApprovalRequest,
    consents: ApprovalClaims['approval']['consents'],
    jkt: string | null,
  ) {
    if (!request.action) throw new Error('The action of this request has been erased')
    const jti = randomId()
    const now = deps.now()
    const place = await nextStatusPlace()
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
    return { token, entry: written }
  }

  async function issuedEntry(request: ApprovalRequest, jti: string, at: number, claims: Omit<ApprovalClaims, 'log'>) {
    const members = {
      jti,
      quorum: claims.approval.quorum,
      origin: claims.approval.origin,
      claims: await digestOf(claims),
    }
    return prepareEntry('token.issued', at, request.trace, { ...partiesOf(request), ...members })
  }

  /** Why this token may exist, as of now: the policy is asked again, and every stored consent is checked again. */
  async function causeOf(request: ApprovalRequest): Promise<Result<Cause>> {
    const decision = await decideAgain(request)
    if (decision.effect === 'deny')
      return refuse('policy_denied', `${decision.reason} It was possible before; it is not now.`)
    if (request.origin === 'policy') {
      if (decision.effect === 'allow') return ok({ origin: 'policy', decision })
      return refuse('policy_denied', 'The policy now asks for human consent. Open a new request.')
    }
    const consents: VerifiedConsent[] = []
    for (const stored of await store.consents(request.id)) {
      const passkey = await store.passkey(stored.credentialId)
      if (!passkey) return refuse('consent_invalid', 'A passkey that consented is unknown.')
      const separation = request.separation ?? true
      const statement = buildStatement(config.origin, request, stored.approver, separation, stored.consent.nonce)
      const verified = await verifyStoredConsent(statement, stored.consent, passkey, party)
      if (!verified.ok) return verified
      consents.push(verified.value)
    }
    return ok({ origin: 'human', consents })
  }

  async function decideAgain(request: ApprovalRequest): Promise<PolicyDecision> {
    const [agent, executor] = await Promise.all([
      agentOf(request.agent, request.principal),
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

  // ── spend, report ────────────────────────────────────────────────────────

  async function redeem(caller: { readonly credentialHash: string }, token: string): Promise<Result<Redeemed>> {
    const now = deps.now()
    const claims = await openOwn(token, now)
    if (!claims.ok) return claims
    const valid = validateForRedemption(claims.value, config.origin, now)
    if (!valid.ok) return refusedRedemption(caller, claims.value, valid.refusal)
    return spend(caller, claims.value, token, now, executorsSeen.get(claims.value.aud) ?? null)
  }

  /** One statement decides. `seen` is the executor as policy knew it; when it has changed since, policy is asked again. */
  async function spend(
    caller: { readonly credentialHash: string },
    claims: ApprovalClaims,
    token: string,
    now: number,
    seen: Executor | null,
  ): Promise<Result<Redeemed>> {
    const executor = seen ?? (await store.executor(claims.aud))
    if (!executor)
      return refusedRedemption(caller, claims, {
        code: 'token_audience',
        message: 'This executor is not registered here.',
      })
    executorsSeen.set(executor.audience, executor)
    const decision = await decideForSpending(claims, executor, now)
    if (decision.effect === 'deny' || (claims.approval.origin === 'policy' && decision.effect !== 'allow')) {
      return seen
        ? spend(caller, claims, token, now, null)
        : refusedRedemption(caller, claims, {
            code: 'policy_denied',
            message: 'The policy no longer permits this action. Do not act.',
          })
    }
    const trace = traceOf(claims.approval.request)
    const verdict = await store.redeemOnce({
      jti: claims.jti,
      audience: claims.aud,
      credentialHash: caller.credentialHash,
      executorVersion: executor.version,
      now,
      signature: token.slice(token.lastIndexOf('.') + 1),
      entry: await prepareEntry('token.redeemed', now, trace, membersOfClaims(claims)),
    })
    switch (verdict.verdict) {
      case 'redeemed':
        log.info('token.redeemed', { trace, jti: claims.jti, executor: claims.aud })
        return ok({ jti: claims.jti, request: claims.approval.request, trace, use: verdict.use, redeemedAt: now })
      case 'stale_executor':
        return spend(caller, claims, token, now, null)
      case 'unauthenticated':
        return refusedRedemption(caller, claims, {
          code: 'token_audience',
          message: 'This token is made out to another executor.',
        })
      default:
        return refusedRedemption(caller, claims, refusalOf(verdict.verdict))
    }
  }

  async function decideForSpending(claims: ApprovalClaims, executor: Executor, now: number): Promise<PolicyDecision> {
    const [details] = claims.authorization_details
    const agent = await agentOf(claims.act.sub, claims.sub)
    if (!agent) return { effect: 'deny', policy: policy.digest, reason: 'The agent is gone.' }
    const request = policy.readsArguments ? await store.request(claims.approval.request) : undefined
    return decide(policy, {
      agent,
      principal: claims.sub,
      executor,
      name: details.name,
      resource: details.resource,
      arguments: request?.action?.arguments ?? null,
      preview: request?.preview?.content ?? null,
      now,
    })
  }

  /** The claims of a token whose shape and signature hold. Its text is never kept. */
  async function openOwn(token: string, now: number): Promise<Result<ApprovalClaims>> {
    return parsing(async () => {
      const { claims } = await openToken(token, (kid) => keys.resolve(kid, now))
      return ok(claims)
    })
  }

  async function reportOutcome(
    caller: Caller,
    jti: string,
    report: Parameters<Authority['reportOutcome']>[2],
  ): Promise<Result<Redeemed>> {
    if (caller.kind !== 'executor')
      return refuse('forbidden', 'Only the executor that redeemed a token reports its outcome.')
    const redemption = await store.redemption(jti, report.use)
    if (!redemption || redemption.audience !== caller.executor.audience) return notFound()
    const request = await store.request(redemption.request)
    if (!request) return notFound()
    return parsing(async () => {
      const result = report.result === undefined ? null : parsePreview(report.result)
      const content = { result: result && JSON.parse(JSON.stringify(result)), detail: report.detail ?? null }
      const payload = await preparePayload(
        request.id,
        'outcome',
        content,
        base64urlEncode(deps.randomBytes(PAYLOAD_SALT_BYTES)),
      )
      const members = { jti, use: report.use, outcome: report.outcome, payloads: [payload.digest] }
      const verdict = await store.reportOutcome({
        jti,
        use: report.use,
        audience: redemption.audience,
        outcome: report.outcome,
        now: deps.now(),
        entry: await entry(request, 'outcome.reported', members),
        payloads: [payload],
      })
      if (verdict === 'unknown') return notFound()
      if (verdict === 'already') return refuse('token_redeemed', 'The outcome of this redemption was reported before.')
      log.info('outcome.reported', { trace: request.trace, jti, outcome: report.outcome })
      return ok({ jti, request: request.id, trace: request.trace, use: report.use, redeemedAt: redemption.redeemedAt })
    })
  }

  async function traceEntries(who: Caller | Approver, trace: string) {
    const entries = await store.entriesOfTrace(trace)
    const everything = 'roles' in who ? who.roles.length > 0 : who.kind === 'operator' || who.kind === 'auditor'
    const mine = (body: string) => {
      const { agent, executor } = JSON.parse(body)
      return (
        'kind' in who &&
        ((who.kind === 'agent' && agent === who.agent.id) ||
          (who.kind === 'executor' && executor === who.executor.audience))
      )
    }
    return entries.length > 0 && (everything || entries.some(({ body }) => mine(body))) ? ok(entries) : notFound()
  }

  async function sweep(): Promise<number> {
    const expired = await store.expireDue(deps.now(), 200, (due) =>
      prepareEntry('request.expired', deps.now(), due.trace, {
        request: due.id,
        agent: due.agent,
        principal: due.principal,
        executor: due.audience,
        action: due.digest,
        name: due.name,
      }),
    )
    await store.sweep(deps.now())
    return expired.length
  }

  // ── what several steps need ──────────────────────────────────────────────

  /** The agent that a caller asks as; an operator asks as the authority's own. */
  function askingAgent(caller: Caller): Agent | undefined {
    if (caller.kind === 'agent') return caller.agent
    return caller.kind === 'operator' ? ownAgent(OPERATOR_AGENT, OPERATOR_AGENT) : undefined
  }

  /** An agent's rights do not change after it was added, and whether it was revoked is asked where it counts. */
  async function agentOf(id: string, principal: string): Promise<Agent | undefined> {
    if (id === OPERATOR_AGENT || id === PAGES_AGENT) return ownAgent(id, principal)
    const known = agentsSeen.get(id) ?? (await store.agent(id))
    if (known && agentsSeen.size < 10_000) agentsSeen.set(id, known)
    return known
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

  function idempotencyOf(agent: Agent, input: OpenInput): Idempotency | null {
    if (input.idempotencyKey === undefined || input.bodyHash === undefined) return null
    return { client: agent.id, endpoint: 'openRequest', key: input.idempotencyKey, bodyHash: input.bodyHash }
  }

  const entry = (request: ApprovalRequest, type: EntryType, members: EntryMembers) =>
    prepareEntry(type, deps.now(), request.trace, { ...partiesOf(request), ...members })

  async function refusedToken(request: ApprovalRequest, refusal: Refusal) {
    await store.appendEntries([await entry(request, 'token.refused', { code: refusal.code })])
    log.warn('token.refused', { trace: request.trace, request: request.id, code: refusal.code })
    return { ok: false as const, refusal }
  }

  /** Every refusal to an executor that is known is a fact; a stranger's goes to the log alone, or it could flood the ledger. */
  async function refusedRedemption(
    caller: { readonly credentialHash: string },
    claims: ApprovalClaims,
    refusal: Refusal,
  ) {
    const known = await store.authenticate(caller.credentialHash, deps.now())
    const trace = traceOf(claims.approval.request)
    log.warn('token.refused', { trace, jti: claims.jti, code: refusal.code })
    if (known?.kind !== 'executor') return refuse('unauthenticated', 'Send this executor’s valid credential.')
    const members = { ...membersOfClaims(claims), executor: known.executor.audience, code: refusal.code }
    await store.appendEntries([await prepareEntry('token.refused', deps.now(), trace, members)])
    return { ok: false as const, refusal }
  }

  return {
    open,
    openFromChallenge,
    view,
    settled,
    collect,
    withdraw,
    inbox,
    inboxChanged,
    show,
    offerConsent,
    consent,
    deny,
    redeem,
    reportOutcome,
    traceEntries,
    sweep,
  }
}

/** The authority's own agent, asking for whoever signed in or holds the operator's credential. */
export const ownAgent = (id: string, principal: string): Agent => ({
  id,
  principals: [principal],
  runBy: null,
  createdAt: 0,
  revokedAt: null,
})

const notFound = () => refuse('not_found', 'There is nothing here under that id, or it is not yours to see.')

const tooMany = (retryAfterSeconds: number) =>
  refuse('rate_limited', `Too many calls. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })

/** The verifier's parsers throw; here their code becomes a refusal. Anything else is a bug and goes on. */
async function parsing<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApprovalError) return refuse(error.code, error.message)
    throw error
  }
}

/** Why a request can no longer be answered or, when `collecting`, why there is no token to collect; undefined when there is. */
function refusalOfState(
  state: ApprovalRequest['state'],
  purpose: 'answering' | 'collecting' = 'answering',
): Refusal | undefined {
  switch (state) {
    case 'pending':
      if (purpose === 'answering') return undefined
      return {
        code: 'request_pending',
        message: 'Nobody has answered yet. Ask again later.',
        retryAfterSeconds: 5,
        oauthError: 'authorization_pending',
      }
    case 'approved':
      if (purpose === 'collecting') return undefined
      return { code: 'request_denied', message: 'This request has been approved already.' }
    case 'denied':
      return { code: 'request_denied', message: 'The request was denied. Do not act.', oauthError: 'access_denied' }
    case 'withdrawn':
      return { code: 'request_denied', message: 'The request was withdrawn.', oauthError: 'access_denied' }
    case 'expired':
      return {
        code: 'request_expired',
        message: 'The request expired before it was approved. Open a new one.',
        oauthError: 'expired_token',
      }
  }
}

function rowOf(request: ApprovalRequest): RequestRow {
  const {
    action: _action,
    preview,
    reason: _reason,
    consents: _consents,
    separation: _separation,
    jti: _jti,
    ...row
  } = request
  return { ...row, previewBy: preview?.by ?? null, previewDigest: preview?.digest ?? null }
}

const partiesOf = (request: ApprovalRequest): EntryMembers => ({
  request: request.id,
  agent: request.agent,
  principal: request.principal,
  executor: request.audience,
  action: request.digest,
  name: request.name,
})

const membersOfClaims = (claims: ApprovalClaims): EntryMembers => ({
  request: claims.approval.request,
  jti: claims.jti,
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  name: claims.scope,
})

const digestPreview = (
  by: 'executor' | 'agent',
  preview: Parameters<typeof previewDigest>[0],
  executor: Executor,
  action: ActionSpec,
) => previewDigest(preview, { by, audience: executor.audience, salt: action.salt })
