/**
 * Asks an executor for its preview of a call that an agent proposes itself, where the catalogue names an endpoint for
 * that. The question is signed by the authority, the answer is a challenge that the executor signs for exactly this
 * action: read strictly, within a time and a size. SPEC 10.7.
 */
import { actionDigest, newSalt } from '@countersign/verifier'
import { type Challenge, parseChallenge } from '@countersign/verifier/authority'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { catalogueEntryOf, type Proposal } from '../../domain/approval/new-request.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { sign } from '../../domain/token/signing-keys.ts'
import type { Deps } from '../deps.ts'
import { unfitInWords } from '../policy/unfit-arguments.ts'
import { recordRefusal } from '../refusal-record.ts'
import { parsing } from '../refusals.ts'
import { challengeKey, digestedPreview } from './executor-statement.ts'
import type { HoldDeps } from './hold.ts'

type PreviewDeps = HoldDeps & Pick<Deps, 'events' | 'keys' | 'post'>

const QUESTION_LIFE_SECONDS = 60
/** An answer is a challenge: 64 KiB of arguments and of preview, twice encoded. */
const READ = { timeoutMs: 3000, maxBytes: 196_608 } as const

/** The proposal with the executor's preview and state. Refuses `state_unknown` where the entry demands one and there is none. */
export async function withExecutorPreview(deps: PreviewDeps, proposal: Proposal): Promise<Result<Proposal>> {
  const { executor, action, bounds } = proposal
  const { preview } = catalogueEntryOf(executor, action.name)
  if (!preview || bounds !== null || isHopeless(proposal)) return ok(proposal)
  const answer = await answerOf(deps, proposal, preview.url)
  if (answer.ok && answer.value.preview) {
    const shown = await digestedPreview('executor', answer.value.preview, executor, action)
    return ok({ ...proposal, preview: shown, stateDigest: answer.value.state ?? null })
  }
  const why = answer.ok ? 'The answer has no preview.' : answer.refusal.message
  deps.log.warn('preview.missing', { executor: executor.audience, name: action.name, reason: why })
  return preview.required === true ? refused(deps, proposal, why) : ok(proposal)
}

/** True for a proposal that will be refused: no executor is asked to preview it. */
const isHopeless = ({ agent, executor, principal, action }: Proposal): boolean =>
  agent.revokedAt !== null ||
  executor.revokedAt !== null ||
  !agent.principals.includes(principal) ||
  unfitInWords(executor, action) !== null

async function answerOf(deps: PreviewDeps, proposal: Proposal, url: string): Promise<Result<Challenge>> {
  const { executor } = proposal
  const release = deps.events.hold(`preview ${executor.audience}`)
  if (release === null) return refuse('rate_limited', 'Too many previews of this executor are under way.')
  try {
    const { status, text } = await deps.post(url, HEADERS, await questionOf(deps, proposal), READ)
    if (status !== 200 || text === undefined) return refuse('state_unknown', `It answered with status ${status}.`)
    return await parsing(() => readAnswer(deps, proposal, text.trim()))
  } catch {
    return refuse('state_unknown', 'It could not be reached, or did not answer in time.')
  } finally {
    release()
  }
}

const HEADERS = { 'content-type': 'application/jwt', accept: 'application/jwt', 'user-agent': 'Countersign' }

async function questionOf({ config, keys, now: clock }: PreviewDeps, proposal: Proposal): Promise<string> {
  const { executor, action, act, principal: sub } = proposal
  const now = clock()
  const claims = {
    iss: config.origin,
    aud: executor.audience,
    iat: now,
    exp: now + QUESTION_LIFE_SECONDS,
    jti: newSalt(),
    sub,
    act,
    authorization_details: [{ type: 'countersign_action', ...action }],
  }
  return sign('preview-request+jwt', claims, await keys.current(now))
}

/** Throws `ApprovalError` for what is no challenge of this executor. */
async function readAnswer(
  deps: PreviewDeps,
  { executor: { audience }, digest }: Proposal,
  text: string,
): Promise<Result<Challenge>> {
  const challenge = await parseChallenge(text, {
    audience: deps.config.origin,
    issuer: audience,
    now: deps.now(),
    resolveKey: (kid, issuer) => challengeKey(deps, kid, issuer),
  })
  if ((await actionDigest(challenge.action, audience)) === digest) return ok(challenge)
  return refuse('state_unknown', 'The answer is about another action.')
}

async function refused(deps: PreviewDeps, proposal: Proposal, why: string): Promise<Result<Proposal>> {
  const { agent, principal, executor, action } = proposal
  const trace = await recordRefusal(deps, {
    by: { agent: agent.id },
    trace: traceOf(proposal.id),
    members: { agent: agent.id, principal, executor: executor.audience, name: action.name, code: 'state_unknown' },
  })
  return refuse(
    'state_unknown',
    `${action.name} is approved only with its executor's preview, and there is none now. ${why} Try again; nobody was asked. Trace ${trace}.`,
    { retryAfterSeconds: 10 },
  )
}
