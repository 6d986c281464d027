/**
 * Ask, decide, hold: from a proposal to a request that waits, is allowed, or is denied.
 *
 * In: an agent's own proposal, or an executor's signed challenge that it relays. Out: the opened request, with its token
 * where policy allows it outright. Both doors open the same kind of request. SPEC 2, 11.
 */
import {
  type ActionSpec,
  actionDigest,
  base64urlEncode,
  parseAction,
  parsePreview,
  previewDigest,
} from '@countersign/verifier'
import { type Challenge, parseChallenge } from '@countersign/verifier/authority'
import { previewOfArguments } from '../../domain/action/preview-arguments.ts'
import { type ApprovalRequest, traceOf } from '../../domain/approval/approval-request.ts'
import { type Asked, actorChain, openedRequest, type PermittedDecision } from '../../domain/approval/new-request.ts'
import { askingAgent, isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Agent, Caller, Executor } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { noticesOf } from '../../domain/notify/notice.ts'
import { decide } from '../../domain/policy/decide.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { importVerificationKey } from '../../domain/token/signing-keys.ts'
import type { RequestRow } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import { idempotencyOf, keyReused } from '../idempotency.ts'
import { KILLED, notFound, parsing, tooMany } from '../refusals.ts'
import type { Issued, Issuing, Minted, PossessionProof } from '../tokens/issue.ts'
import { type Arrival, createRecording } from './proposal-record.ts'

/** `token` only to the actor and only when it was issued by this call. */
export interface Opened {
  readonly request: ApprovalRequest
  readonly token: Minted | null
}

export interface OpenInput {
  readonly audience: string
  readonly action: unknown
  readonly principal?: string | undefined
  readonly preview?: unknown
  readonly reason?: string | undefined
  readonly act?: unknown
  readonly expiresInSeconds?: number | undefined
  readonly idempotencyKey?: string | undefined
  /** Hash of the body, for idempotency. */
  readonly bodyHash?: string | undefined
  /** Binds a token that is allowed at once; one that waits for people is bound when it is collected. */
  readonly possession?: PossessionProof | undefined
  /** W3C trace id the caller sent: kept for correlation only. */
  readonly parentTrace?: string | undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

export function createAsking(deps: Deps, { issueFor, keyOf, mintCommitted, collectBound }: Issuing) {
  const { config, store, policy, limits, log } = deps
  const recordOf = createRecording(deps)
  const randomId = () => base64urlEncode(deps.randomBytes(16))

  /** The agent's own door: it names the executor and the action, and its preview is a claim. */
  async function open(caller: Caller, input: OpenInput): Promise<Result<Opened>> {
    const agent = askingAgent(caller)
    if (!agent) return refuse('forbidden', 'Only agents propose actions. Use an agent’s credential.')
    const waitSeconds = await limits.take('agent', agent.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    if (caller.kind !== 'agent' && input.audience !== config.origin) {
      return refuse('forbidden', 'An operator proposes changes to this authority alone. Use an agent’s credential.')
    }
    if (caller.kind === 'agent' && input.audience === config.origin && !isOwnAgent(agent.id)) {
      return refuse('forbidden', 'Changes to the authority are proposed by its operator or an admin.')
    }
    const executor = await store.executor(input.audience)
    if (!executor)
      return refuse('not_found', 'No executor is registered for this audience. Check the spelling.', { status: 404 })
    const act = actorChain(agent.id, input.act)
    if (!act) return refuse('invalid_request', 'act must be a chain of { "sub", "act" }, at most eight long.')
    const bound = await keyOf(input.possession)
    if (!bound.ok) return bound
    return parsing(async () => {
      const action = parseAction(input.action)
      const preview = previewOf(executor, action, input.preview)
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
            ...preview,
            digest: await digestPreview(preview.by, preview.content, executor, action),
          },
          reason: input.reason ?? null,
        },
        {
          idempotency: idempotencyOf(agent.id, 'openRequest', input),
          challenge: null,
          parentTrace: input.parentTrace,
          jkt: bound.value,
        },
      )
    })
  }

  /** The agent's claim; for a change to the authority, the authority's own word in its place. */
  function previewOf(executor: Executor, action: ActionSpec, claimed: unknown) {
    if (executor.audience === config.origin) return { by: 'executor' as const, content: previewOfArguments(action) }
    return claimed === undefined ? null : { by: 'agent' as const, content: parsePreview(claimed) }
  }

  /** The executor's door: it signed the whole action and its own preview; what the agent adds counts for nothing. */
  async function openFromChallenge(caller: Caller, jws: string): Promise<Result<Opened>> {
    if (caller.kind !== 'agent') return refuse('forbidden', 'Only agents relay challenges. Use an agent’s credential.')
    const waitSeconds = await limits.take('agent', caller.agent.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    return parsing(async () => {
      const challenge = await readChallenge(jws)
      if (CONTROL.test(challenge.txn + challenge.jti)) {
        return refuse('invalid_request', 'The challenge’s txn and jti must not hold control characters.')
      }
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
        {
          idempotency: null,
          challenge: { issuer: challenge.iss, jti: challenge.jti },
          parentTrace: undefined,
          jkt: null,
        },
      )
    })
  }

  /** A database that is away is no fault of the challenge. */
  async function readChallenge(jws: string): Promise<Challenge> {
    let failure: unknown
    const resolveKey = (kid: string, audience: string) =>
      challengeKey(kid, audience).catch((error) => {
        failure = error
        return undefined
      })
    try {
      return await parseChallenge(jws, { audience: config.origin, now: deps.now(), resolveKey })
    } catch (error) {
      throw failure ?? error
    }
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

  /** However many others wait, nobody is kept from letting things go on. */
  const isRelease = ({ action, executor }: Asked): boolean =>
    executor.audience === config.origin && action.name === 'countersign.killswitch.release'

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
    const issued = decision.effect === 'allow' ? await issueFor(request, [], arrival.jkt) : null
    const verdict = await store.openRequest({
      request: rowOf(request),
      payloads,
      entries,
      notices: decision.effect === 'allow' ? [] : noticesOf(request, config.escalateAfterSeconds),
      idempotency: arrival.idempotency,
      challenge: arrival.challenge,
      limits: decision.effect === 'allow' || isRelease(asked) ? null : config,
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
        return reopened(verdict.request, asked.agent, arrival.jkt)
      case 'challenge_used':
        if (verdict.agent === asked.agent.id) return reopened(verdict.request, asked.agent, arrival.jkt)
        return refuse('forbidden', 'This challenge was relayed by another agent.')
      case 'idempotency_mismatch':
        return keyReused()
      case 'killed':
        return refusedByStop(request, entries)
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
    issued: Issued | null,
    leaf: Uint8Array | null,
  ): Promise<Result<Opened>> {
    if (!issued || !leaf || decision.effect !== 'allow') return ok({ request, token: null })
    const withToken = { ...request, jti: issued.token.jti }
    if (request.actor !== request.agent) return ok({ request: withToken, token: null })
    const minted = await mintCommitted({ origin: 'policy', decision }, issued.token.claims, issued, leaf)
    return minted.ok ? ok({ request: withToken, token: minted.value }) : minted
  }

  /** The same call again: the same request, and the same token while it lives. */
  async function reopened(id: string, agent: Agent, jkt: string | null): Promise<Result<Opened>> {
    const request = await store.request(id)
    if (!request) return notFound()
    if (request.origin !== 'policy' || request.actor !== agent.id) return ok({ request, token: null })
    const minted = await collectBound({ kind: 'agent', credentialId: '', agent }, id, jkt)
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

  /** What a kill switch stops was asked nevertheless. */
  async function refusedByStop(request: ApprovalRequest, [created]: readonly PreparedEntry[]): Promise<Result<Opened>> {
    const refused = await requestEntry(request, 'token.refused', deps.now(), { code: KILLED.code })
    await store.appendEntries(created ? [created, refused] : [refused])
    log.warn('request.killed', { trace: request.trace, agent: request.agent, name: request.name })
    return { ok: false, refusal: KILLED }
  }

  return { open, openFromChallenge }
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

const digestPreview = (
  by: 'executor' | 'agent',
  preview: Parameters<typeof previewDigest>[0],
  executor: Executor,
  action: ActionSpec,
) => previewDigest(preview, { by, audience: executor.audience, salt: action.salt })
