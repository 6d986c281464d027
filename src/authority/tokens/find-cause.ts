/**
 * The cause of a token, as of now: the policy is asked again, and every stored consent is checked again. Writes
 * nothing: an entry for a token that cannot be minted would be a lie. SPEC 6, 11.
 */

import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { overGrant, spentGrant } from '../../domain/approval/outside-grant.ts'
import { isTooSynced } from '../../domain/consent/eligibility.ts'
import { buildStatement } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyStoredConsent } from '../../domain/consent/verify-consent.ts'
import { mapResult, ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { Cause } from '../../domain/token/mint.ts'
import type { AbsenceStore } from '../../store/contract/absence-store.ts'
import type { CallerStore, Consenter, PeopleStore } from '../../store/contract/identity-store.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'
import type { PolicyNeeds } from '../policy/ask-policy.ts'
import { decideAgain, readWorld, type World } from '../policy/permits-now.ts'
import { countedConsents } from './counted-consents.ts'
import type { TokenBasis } from './issue.ts'

export type CauseDeps = PolicyNeeds &
  Uses<
    RequestStore & CallerStore & PeopleStore & Pick<AbsenceStore, 'absenceAt'> & Pick<EntryStore, 'entriesOfTrace'>,
    'config' | 'log' | 'policy' | 'parties' | 'now' | 'permittedCalls' | 'reads'
  >

/** Names what is over, as the grant is now. */
export function grantOver(grant: ApprovalRequest, { action }: ApprovalRequest, now: number): Refusal {
  const found = action && spentGrant(grant, action.arguments, now)
  return askAgain(found ?? { code: 'token_revoked', message: 'The grant behind this call has no room for it now.' })
}

const askAgain = (over: Refusal): Refusal => ({ ...over, message: `${over.message} Ask again, and a person decides.` })

/** What the cause of a token is judged by, read in one turn; of the request itself, only what never changes is needed. */
export interface Grounds {
  readonly world: World
  /** Null for a request that policy allows. */
  readonly answers: Awaited<ReturnType<typeof readAnswers>> | null
}

/** `consented`: the request, or the grant under which it was approved. People consented to that. */
export async function readGrounds(
  deps: CauseDeps,
  request: ApprovalRequest,
  consented: ApprovalRequest,
): Promise<Grounds> {
  const [world, answers] = await Promise.all([
    readWorld(deps, request),
    request.origin === 'policy' ? null : readAnswers(deps, consented),
  ])
  return { world, answers }
}

interface FoundCause extends Pick<TokenBasis, 'permitted'> {
  readonly cause: Cause
}

/** `grant`: the one under which it was approved. */
export async function causeOf(
  deps: CauseDeps,
  request: ApprovalRequest,
  grant: ApprovalRequest | null,
  { world, answers }: Grounds,
): Promise<Result<FoundCause>> {
  const consented = grant ?? request
  const [again, standing] = await Promise.all([
    decideAgain(deps, request, grant, world),
    answers ? standingOf(deps, consented, answers) : NOBODY,
  ])
  const over = grant && overGrant(grant, deps.now())
  if (over) return refused(askAgain(over))
  if (!again.ok) return again
  const { decision } = again.value
  const permitted = grant ? null : again.value
  if (permitted) deps.permittedCalls.keep(permitted)
  return decision.effect === 'allow' && request.origin === 'policy'
    ? ok({ cause: { origin: 'policy', decision }, permitted })
    : mapResult(consentsOf(deps, consented, standing), (cause) => ({ cause, permitted }))
}

const ENDED: readonly string[] = ['consent.denied', 'request.expired', 'request.withdrawn', 'request.changed']

/** What ended stays ended, whatever its row says: the ledger knows. */
async function hasEnded({ store }: CauseDeps, { trace }: ApprovalRequest): Promise<boolean> {
  return (await store.entriesOfTrace(trace)).some(({ body }) => ENDED.includes(JSON.parse(body).type))
}

/** The answers of people to a request, as they count now: each signature was verified again. */
interface AnswersNow {
  readonly isOver: boolean
  readonly counted: readonly Result<VerifiedConsent>[]
}

/** For a request that policy allows. */
const NOBODY: AnswersNow = { isOver: false, counted: [] }

async function readAnswers(deps: CauseDeps, consented: ApprovalRequest) {
  const [isOver, consenters] = await Promise.all([hasEnded(deps, consented), deps.reads.consenters(consented.id)])
  return { isOver, consenters }
}

async function standingOf(
  deps: CauseDeps,
  request: ApprovalRequest,
  { isOver, consenters }: NonNullable<Grounds['answers']>,
): Promise<AnswersNow> {
  const counted = await countedConsents(deps, request, consenters)
  return { isOver, counted: await Promise.all(counted.map((one) => verifyAgain(deps, request, one))) }
}

function consentsOf(
  { log }: CauseDeps,
  { id, trace, terms }: ApprovalRequest,
  { isOver, counted }: AnswersNow,
): Result<Cause> {
  if (isOver) {
    log.error('request.revived', { trace, request: id })
    return refuse('request_denied', 'The request has ended: it was denied, withdrawn or too late. Do not act.')
  }
  const consents: VerifiedConsent[] = []
  for (const verified of counted) {
    if (!verified.ok) return verified
    consents.push(verified.value)
  }
  return consents.length >= terms.quorum ? ok({ origin: 'human', consents }) : QUORUM_UNMET
}

export const QUORUM_UNMET = refuse(
  'quorum_unmet',
  'Too few of those who consented count now: some have left their group, or run this agent. Wait for others, or open a new request.',
)

async function verifyAgain(
  { config }: CauseDeps,
  request: ApprovalRequest,
  { stored, passkey }: Consenter,
): Promise<Result<VerifiedConsent>> {
  if (!passkey) return refuse('consent_invalid', 'A passkey that consented is unknown.')
  if (isTooSynced(request, passkey))
    return refuse('consent_invalid', 'A passkey that consented is not bound to a device.')
  const { approver, consent } = stored
  const statement = buildStatement(config.origin, request, {
    approver,
    onBehalfOf: consent.on_behalf_of ?? null,
    separation: request.separation ?? true,
    nonce: consent.nonce,
  })
  return verifyStoredConsent(statement, consent, passkey, config)
}
