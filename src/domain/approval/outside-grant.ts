/**
 * Why a call is outside a grant: the first bound that differs, in words. They name the argument and a limit that is a
 * number, never another value, and no limit of an argument that the catalogue calls sensitive. SPEC 4.6, 11.
 */
import { canonicalize, type ErrorCode, type JsonObject } from '@countersign/verifier'
import { type Bounds, type Constraint, seriesDigest } from '@countersign/verifier/authority'
import { wordsOfNumbers } from '../action/bounds-words.ts'
import { sensitivePaths } from '../action/sensitive.ts'
import { type ApprovalRequest, stateAt } from './approval-request.ts'
import { shareIn } from './grant.ts'
import type { Proposal } from './new-request.ts'
import { changedArguments } from './revision.ts'

export type GrantedCall = Pick<Proposal, 'executor' | 'principal' | 'act' | 'action' | 'jkt' | 'now'>

/** As the call is refused for it. */
export interface Fault {
  readonly code: ErrorCode
  readonly message: string
}

/** Null for a call within the grant, which then covers it. */
export async function outsideGrant(grant: ApprovalRequest, call: GrantedCall): Promise<Fault | null> {
  const fault = endOf(grant, call.now) ?? otherCall(grant, call) ?? (await outsideBounds(grant, call))
  return fault && inWords(grant, fault)
}

/** Null for a grant that people consented to, within its time, that has calls left. */
export function overGrant(grant: ApprovalRequest, now: number): Fault | null {
  const fault = endOf(grant, now)
  return fault && inWords(grant, fault)
}

/** Why the budget of a grant has no room for a call that was within its bounds; null where it has. */
export function spentGrant(grant: ApprovalRequest, args: JsonObject, now: number): Fault | null {
  const fault = endOf(grant, now) ?? overSum(grant, args)
  return fault && inWords(grant, fault)
}

const inWords = ({ id }: ApprovalRequest, { code, message }: Fault): Fault => ({
  code,
  message: `The grant ${id} does not cover this call: ${message}`,
})

const fault = (code: Fault['code'], message: string): Fault => ({ code, message })
const mismatch = (message: string): Fault => fault('action_mismatch', message)

function endOf(grant: ApprovalRequest, now: number): Fault | null {
  const { series, terms, expiresAt } = grant
  const state = stateAt(grant, now)
  if (series === null) return mismatch('it is a request for one call.')
  if (series.endedAt !== null || state === 'stopped') return fault('token_revoked', 'it was ended.')
  if (state === 'pending') return fault('request_pending', 'it waits for people to consent.')
  if (now >= expiresAt)
    return fault('request_expired', `its time ended at ${new Date(expiresAt * 1000).toISOString()}.`)
  if (state !== 'approved') return fault('request_denied', `it was ${state}.`)
  return series.used < terms.uses ? null : mismatch(`all of its ${terms.uses} calls are used.`)
}

function otherCall(grant: ApprovalRequest, { executor, principal, act, action, jkt }: GrantedCall): Fault | null {
  if (grant.audience !== executor.audience) return mismatch('it is for another executor.')
  if (grant.name !== action.name) return mismatch('it is for another action.')
  if (grant.principal !== principal) return mismatch('it is on behalf of another principal.')
  if (canonicalize(grant.act) !== canonicalize(act)) return mismatch('it is of another chain of agents.')
  if (jkt === null) return fault('proof_of_possession', 'it is bound to a key. Send a DPoP proof by that key.')
  return grant.jkt === jkt ? null : fault('proof_of_possession', 'it is bound to another key than the proof is by.')
}

async function outsideBounds(grant: ApprovalRequest, { action: call }: GrantedCall): Promise<Fault | null> {
  const { series, action, audience, jkt } = grant
  if (!series?.bounds || !action || jkt === null) return mismatch('its bounds were erased.')
  if (action.resource !== call.resource) return mismatch('it is for another resource.')
  const share = shareIn(series.bounds, call.arguments)
  if (!share) return outsideOne(grant, series.bounds, call.arguments)
  const [changed] = changedArguments(action.arguments, share.fixed)
  if (changed) return mismatch(`${placeOf(changed.path)} is fixed, and is not as people approved it.`)
  const own = { ...call, arguments: share.fixed, salt: action.salt }
  const isSame = (await seriesDigest(own, series.bounds.arguments, { audience, jkt })) === grant.digest
  return isSame ? overSum(grant, call.arguments) : mismatch('it is of another call.')
}

function outsideOne(grant: ApprovalRequest, { arguments: constraints, ...rest }: Bounds, args: JsonObject) {
  const found = Object.entries(constraints).find(
    ([name, one]) => !shareIn({ ...rest, arguments: { [name]: one } }, args),
  )
  if (!found) return mismatch('its arguments are outside the bounds.')
  const [name, constraint] = found
  if (!Object.hasOwn(args, name)) return mismatch(`${placeOf([name])} is missing.`)
  return mismatch(`${placeOf([name])} is outside its bound${isSensitive(grant, name) ? '' : limitOf(constraint)}.`)
}

function limitOf(constraint: Constraint): string {
  if (constraint.prefix !== undefined) return ', which is a prefix'
  const numbers = wordsOfNumbers(constraint)
  return numbers === undefined ? ', which lists its values' : ` of ${numbers}`
}

function overSum(grant: ApprovalRequest, args: JsonObject): Fault | null {
  const { series } = grant
  const share = series?.bounds ? shareIn(series.bounds, args) : undefined
  if (!series || !share || series.summed + share.added <= share.limit) return null
  const [name = ''] = Object.entries(series.bounds?.arguments ?? {}).find(([, { sum }]) => sum !== undefined) ?? []
  const left = isSensitive(grant, name)
    ? ''
    : `: ${(share.limit - series.summed) / 1e6} of ${share.limit / 1e6} is left`
  return mismatch(`${placeOf([name])} is more than its sum has left${left}.`)
}

const isSensitive = ({ catalogueEntry }: ApprovalRequest, name: string): boolean =>
  sensitivePaths(catalogueEntry).some((path) => path === name || path.startsWith(`${name}.`))

/** An agent names arguments: what is no plain name is not repeated in words that stay in the ledger. */
const placeOf = (path: readonly string[]): string =>
  path.every((name) => /^\w{1,40}$/.test(name)) && path.length <= 4 ? `arguments/${path.join('/')}` : 'an argument'
