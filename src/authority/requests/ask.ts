/**
 * Opens a request for an agent's own proposal: the agent names the executor and the action. A preview from the agent is
 * a claim; for changes to the authority, the authority makes the preview itself. SPEC 2.
 */
import { type ActionSpec, type Preview, parseAction, parsePreview } from '@countersign/verifier'
import { type Bounds, parseBounds } from '@countersign/verifier/authority'
import { GRANT_SECONDS, MAX_GRANT_SECONDS } from '../../domain/approval/grant.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import { digestFor } from '../../domain/approval/series.ts'
import { askingAgent, isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Agent, Caller, Executor } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { evaluationDigest, isOfEvaluation } from '../../domain/token/evaluation-token.ts'
import type { Deps } from '../deps.ts'
import { idempotencyOf, type KeyedCall } from '../idempotency.ts'
import { newId } from '../new-id.ts'
import { parsing, tooMany } from '../refusals.ts'
import { type PossessionProof, provenKey } from '../tokens/possession.ts'
import { type Chain, chainOf } from './agent-chain.ts'
import { withExecutorPreview } from './ask-for-preview.ts'
import { digestedPreview } from './executor-statement.ts'
import { type HoldDeps, holdProposal } from './hold.ts'
import { firstAnswerOr, type OpenedRequest } from './reopen.ts'

export interface ProposalInput extends KeyedCall {
  readonly audience: string
  readonly action: unknown
  readonly principal?: string | undefined
  readonly preview?: unknown
  readonly reason?: string | undefined
  readonly act?: unknown
  /** From the agent that lets this one act for it. */
  readonly actorToken?: string | undefined
  /** Asks for a grant: `action` holds what all calls of the series share. */
  readonly bounds?: unknown
  readonly expiresInSeconds?: number | undefined
  /** The grant that has to cover the call: nobody is asked instead. */
  readonly grant?: string | undefined
  /** From the evaluation of this action. */
  readonly bindingToken?: string | undefined
  /** Binds a token that is allowed at once; a request that waits for people is bound when its token is collected. */
  readonly possession?: PossessionProof | undefined
  /** W3C trace id the caller sent: kept for correlation only. */
  readonly parentTrace?: string | undefined
}

export type AskDeps = HoldDeps & Pick<Deps, 'limits' | 'events' | 'post'>

/** The preview of a change to the authority itself, or why it could not be carried out. */
export type InspectChange = (action: ActionSpec) => Promise<Result<Preview>>

/** Refuses: `forbidden`, `rate_limited`, `not_found`, `invalid_request`, `policy_denied`, `killed`, `proof_of_possession`. */
export async function openRequest(
  deps: AskDeps,
  caller: Caller,
  input: ProposalInput,
  inspect: InspectChange,
): Promise<Result<OpenedRequest>> {
  const agent = await askerFor(deps, caller, input.audience)
  if (!agent.ok) return agent
  const executor = await deps.store.executor(input.audience)
  if (!executor)
    return refuse('not_found', 'No executor is registered for this audience. Check the spelling.', { status: 404 })
  const key = await provenKey(deps, input.possession)
  if (!key.ok) return key
  if (input.bounds !== undefined && !key.value) return refuse('proof_of_possession', KEYLESS)
  const idempotency = idempotencyOf(agent.value.id, 'openRequest', input)
  const call = { agent: agent.value, idempotency, key: key.value }
  return firstAnswerOr(deps, call, () =>
    parsing(async () => {
      const chain = await chainOf(deps, agent.value.id, input)
      if (!chain.ok) return chain
      const jkt = key.value?.jkt ?? null
      const proposal = await parseProposal(deps, agent.value, executor, { ...input, ...chain.value, jkt }, inspect)
      if (!proposal.ok) return proposal
      const bound = await boundToEvaluation(deps, proposal.value, input.bindingToken)
      if (!bound.ok) return bound
      const arrival = { idempotency, challenge: null, parentTrace: input.parentTrace, key: key.value }
      const shown = await withExecutorPreview(deps, proposal.value)
      return shown.ok ? holdProposal(deps, shown.value, arrival) : shown
    }),
  )
}

const KEYLESS = 'A grant is bound to a key: send a DPoP proof with the request.'

/** A proposal that names an evaluation is of the action that was evaluated. */
async function boundToEvaluation(
  { config, keys, now }: AskDeps,
  { agent, actors, principal, executor, action }: Proposal,
  token: string | undefined,
): Promise<Result<true>> {
  if (token === undefined) return ok(true)
  const asked = { ...action, agent: agent.id, actors, principal, executor: executor.audience }
  const expected = { iss: config.origin, evaluation: await evaluationDigest(asked) }
  if (await isOfEvaluation(token, expected, await keys.published(now()), now())) return ok(true)
  return refuse(
    'invalid_request',
    'binding_token is of another action, or is over. Evaluate this action, or send none.',
  )
}

/** Agents ask any executor but the authority; its operator and its admins ask the authority alone. */
async function askerFor({ config, limits }: AskDeps, caller: Caller, audience: string): Promise<Result<Agent>> {
  const agent = askingAgent(caller)
  if (!agent) return refuse('forbidden', 'Only agents propose actions. Use an agent’s credential.')
  const waitSeconds = await limits.take('agent', agent.id)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const asksAuthority = audience === config.origin
  if (caller.kind !== 'agent' && !asksAuthority) {
    return refuse('forbidden', 'An operator proposes changes to this authority alone. Use an agent’s credential.')
  }
  if (caller.kind === 'agent' && asksAuthority && !isOwnAgent(agent.id)) {
    return refuse('forbidden', 'Changes to the authority are proposed by its operator or an admin.')
  }
  return ok(agent)
}

/** Throws `ApprovalError` for an action or a preview that is malformed. */
async function parseProposal(
  deps: AskDeps,
  agent: Agent,
  executor: Executor,
  input: ProposalInput & Chain & Pick<Proposal, 'jkt'>,
  inspect: InspectChange,
): Promise<Result<Proposal>> {
  const action = parseAction(input.action)
  const bounds = boundsOf(deps, executor, action, input)
  if (!bounds.ok) return bounds
  const preview = await previewOf(deps, executor, action, input, inspect)
  if (!preview.ok) return preview
  const begun = await begunProposal(deps, executor, action, { ...input, bounds: bounds.value })
  return ok({
    door: 'agent',
    agent,
    executor,
    principal: input.principal ?? agent.principals[0] ?? agent.id,
    act: input.act,
    actors: input.actors,
    action,
    preview: preview.value,
    stateDigest: null,
    reason: input.reason ?? null,
    ...begun,
    within: input.grant ?? null,
  })
}

/** Refuses bounds for the authority itself, for longer than a working day, and of an argument that is fixed, too. */
function boundsOf(
  { config }: AskDeps,
  { audience }: Executor,
  action: ActionSpec,
  { bounds, grant, expiresInSeconds = 0 }: ProposalInput,
): Result<Bounds | null> {
  if (bounds === undefined) return ok(null)
  if (grant !== undefined)
    return refuse('invalid_request', 'bounds ask for a new grant. Send grant or bounds, not both.')
  if (audience === config.origin) return refuse('forbidden', 'Changes to the authority are approved one by one.')
  if (expiresInSeconds > MAX_GRANT_SECONDS)
    return refuse('invalid_request', `A grant ends within ${MAX_GRANT_SECONDS} seconds.`)
  const parsed = parseBounds(bounds)
  const twice = Object.keys(parsed.arguments).find((name) => Object.hasOwn(action.arguments, name))
  if (twice === undefined) return ok(parsed)
  return refuse('invalid_request', `The argument ${twice} is both fixed and bounded. Name it once.`)
}

async function previewOf(
  { config }: AskDeps,
  executor: Executor,
  action: ActionSpec,
  { preview }: ProposalInput,
  inspect: InspectChange,
): Promise<Result<Proposal['preview']>> {
  if (executor.audience !== config.origin) {
    return ok(preview === undefined ? null : await digestedPreview('agent', parsePreview(preview), executor, action))
  }
  const own = await inspect(action)
  return own.ok ? ok(await digestedPreview('executor', own.value, executor, action)) : own
}

export async function begunProposal(
  { config, now: clock, randomBytes }: Pick<Deps, 'config' | 'now' | 'randomBytes'>,
  executor: Executor,
  action: ActionSpec,
  { bounds, jkt, expiresInSeconds }: Pick<Proposal, 'bounds' | 'jkt'> & Pick<ProposalInput, 'expiresInSeconds'>,
) {
  const now = clock()
  const id = newId(randomBytes)
  const life = expiresInSeconds ?? (bounds ? GRANT_SECONDS : config.requestTtlSeconds)
  const digest = await digestFor(action, executor.audience, bounds, jkt)
  const alone = { undoes: null, proposedBy: null, change: null, within: null }
  return { id, txn: id, now, digest, bounds, jkt, expiresAt: now + life, ...alone }
}
