/**
 * States an absence: a person signs with a passkey when they are away and who their deputy is. A session cookie alone
 * appoints no deputy. SPEC 10.11.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import {
  type AbsenceStatement,
  absenceChallenge,
  absenceMembers,
  faultOfTime,
  isAwayAt,
} from '../../domain/identity/absence.ts'
import { type Approver, isPresent, type SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AbsenceStore } from '../../store/contract/absence-store.ts'
import type { OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { type OwnSignature, offerToSign, over, signatureOver } from '../own-signature.ts'
import { tooMany } from '../refusals.ts'
import { type AbsenceView, endOverdueAbsences } from './end-absence.ts'

type StateNeeds = Uses<AbsenceStore & OfferStore & PeopleStore, 'config' | 'limits' | 'log' | 'now' | 'randomBytes'>

export interface AbsenceOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
}

export interface AskedAbsence {
  readonly deputy?: string | null | undefined
  /** Default: now. */
  readonly from?: number | undefined
  readonly until: number
}

/** Refuses: `invalid_request`, `forbidden`, `not_found`, `rate_limited`. */
export async function offerAbsence(
  deps: StateNeeds,
  person: SignedIn,
  { deputy = null, from, until }: AskedAbsence,
): Promise<Result<AbsenceOffer>> {
  const { now, randomBytes, config, limits } = deps
  const waitSeconds = await limits.take('approver', `${person.session} is away`)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const statement: AbsenceStatement = {
    typ: 'countersign/absence/v1',
    iss: config.origin,
    absence: newId(randomBytes),
    approver: person.id,
    deputy,
    from: Math.max(from ?? 0, now()),
    until,
    nonce: base64urlEncode(randomBytes(32)),
  }
  const possible = await isPossible(deps, person, statement)
  if (!possible.ok) return possible
  const offered = { purpose: 'state-absence', context: { absence: statement } } as const
  const options = await offerToSign(deps, person, await absenceChallenge(statement), offered)
  return ok({ statement: plainJson({ ...statement }), options })
}

const answers = ({ roles }: Approver): boolean => roles.some((role) => role !== 'auditor')

/** Saves a gesture for nothing. The statement that records it decides. */
async function isPossible(
  { store, now }: StateNeeds,
  person: Approver,
  { deputy, ...time }: AbsenceStatement,
): Promise<Result<true>> {
  if (!answers(person)) return refuse('forbidden', 'You are asked for nothing here, so nobody has to stand in for you.')
  const fault = faultOfTime(time, now())
  if (fault !== null) return refuse('invalid_request', fault)
  if (deputy === null) return ok(true)
  if (deputy === person.id)
    return refuse('invalid_request', 'Nobody is their own deputy. Name somebody else, or nobody.')
  const named = await store.approver(deputy)
  return named && isPresent(named) && answers(named) ? ok(true) : noDeputy()
}

const noDeputy = () => refuse('not_found', 'The deputy is nobody who approves here now. Name somebody else, or nobody.')

const cycle = () =>
  refuse(
    'invalid_request',
    'Your deputy is away in that time, and those who stand in for them lead back to you. Name somebody else, or nobody.',
    { status: 409 },
  )

/** Refuses: `consent_invalid`; `invalid_request` with status 409 for a second absence, and for a cycle of deputies. */
export async function stateAbsence(
  deps: StateNeeds,
  person: SignedIn,
  untrusted: unknown,
): Promise<Result<AbsenceView>> {
  const { store, now } = deps
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { challenge } = assertion.value
  const offer = await store.takeOffer({ challenge, purpose: 'state-absence', now: now() })
  const statement = offer?.approver === person.id ? offer.context.absence : undefined
  if (!statement) return over()
  const possible = await isPossible(deps, person, statement)
  if (!possible.ok) return possible
  const signs = { challenge: await absenceChallenge(statement), nonce: statement.nonce }
  const signature = await signatureOver(deps, person, assertion.value, signs)
  return signature.ok ? keep(deps, statement, signature.value) : signature
}

async function keep(
  deps: StateNeeds,
  statement: AbsenceStatement,
  { credentialId, counter, signed }: OwnSignature,
): Promise<Result<AbsenceView>> {
  const { store, now, randomBytes, log } = deps
  await endOverdueAbsences(deps)
  const { absence: id, approver, deputy, from, until } = statement
  const absence = { id, approver, deputy, fromAt: from, untilAt: until, statedAt: now(), endedAt: null }
  const members = { ...absenceMembers(absence), from, until, signed }
  const entry = await prepareEntry('absence.stated', now(), newTrace(randomBytes), members)
  const { verdict } = await store.stateAbsence({ absence, credentialId, counter, entry })
  if (verdict === 'cycle') return cycle()
  if (verdict === 'exists') {
    return refuse('invalid_request', 'You have stated an absence already. End it before you state another.', {
      status: 409,
    })
  }
  if (verdict === 'gone') return over()
  log.info('absence.stated', { approver, deputy, absence: id, trace: entry.trace })
  return ok({ ...absence, isAway: isAwayAt(absence, now()) })
}
