/**
 * Opens a request for an executor's signed challenge that an agent relays. The executor signed the whole action and its
 * own preview, so the agent adds nothing. SPEC 2; draft-rosomakho-oauth-txn-challenge.
 */
import { type Challenge, parseChallenge } from '@countersign/verifier/authority'
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { Agent, Caller, Executor } from '../../domain/identity/parties.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import { notFound, parsing, tooMany } from '../refusals.ts'
import { type PossessionProof, provenKey } from '../tokens/possession.ts'
import { type Chain, chainOf } from './agent-chain.ts'
import { type AskDeps, begunProposal } from './ask.ts'
import { challengeKey, digestedPreview } from './executor-statement.ts'
import { holdProposal } from './hold.ts'
import type { OpenedRequest } from './reopen.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const CONTROL = /[\u0000-\u001f\u007f]/

/** A challenge opens one request: relayed again by the same agent it gives the same one. */
export async function openFromChallenge(
  deps: AskDeps,
  caller: Caller,
  jws: string,
  possession?: PossessionProof,
  actorToken?: string,
): Promise<Result<OpenedRequest>> {
  if (caller.kind !== 'agent') return refuse('forbidden', 'Only agents relay challenges. Use an agent’s credential.')
  const { agent } = caller
  const waitSeconds = await deps.limits.take('agent', agent.id)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const key = await provenKey(deps, possession)
  if (!key.ok) return key
  return parsing(async () => {
    const challenge = await readChallenge(deps, jws)
    if (CONTROL.test(challenge.txn + challenge.jti)) {
      return refuse('invalid_request', 'The challenge’s txn and jti must not hold control characters.')
    }
    const executor = await deps.store.executor(challenge.iss)
    if (!executor) return notFound()
    if (challenge.act && challenge.act.sub !== agent.id) {
      return refuse('forbidden', 'The executor gave this challenge to another agent.')
    }
    const chain = await chainOf(deps, agent.id, { actorToken })
    if (!chain.ok) return chain
    const from = { ...chain.value, jkt: key.value?.jkt ?? null }
    return holdProposal(deps, await proposalOf(deps, agent, executor, challenge, from), {
      idempotency: null,
      challenge: { issuer: challenge.iss, jti: challenge.jti },
      parentTrace: undefined,
      key: key.value,
    })
  })
}

async function proposalOf(
  deps: AskDeps,
  agent: Agent,
  executor: Executor,
  challenge: Challenge,
  { jkt, ...chain }: Chain & Pick<Proposal, 'jkt'>,
): Promise<Proposal> {
  const { action, preview, state, txn, reason } = challenge
  return {
    ...(await begunProposal(deps, executor, action, { bounds: null, jkt })),
    txn,
    door: 'executor',
    agent,
    executor,
    principal: agent.principals[0] ?? agent.id,
    ...chain,
    action,
    preview: preview === undefined ? null : await digestedPreview('executor', preview, executor, action),
    stateDigest: state ?? null,
    reason,
  }
}

/** `parseChallenge` takes a failing key lookup for a bad challenge; a database that is away is not the challenge's fault. */
async function readChallenge(deps: AskDeps, jws: string): Promise<Challenge> {
  let failure: unknown
  const resolveKey = (kid: string, audience: string) =>
    challengeKey(deps, kid, audience).catch((error) => {
      failure = error
      return undefined
    })
  try {
    return await parseChallenge(jws, { audience: deps.config.origin, now: deps.now(), resolveKey })
  } catch (error) {
    throw failure ?? error
  }
}
