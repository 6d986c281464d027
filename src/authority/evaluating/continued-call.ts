/**
 * A later round of an approved call: its executor asked for input, and the call comes back with it. Finds the redemption
 * that the round belongs to. It goes on while its outcome is not known. SPEC 11.3.
 */
import { actionDigest, parseAction } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import type { AskedAccess, Continued } from './evaluate.ts'

export interface ContinuedCall extends Continued {
  readonly request: ApprovalRequest
}

export type ContinuedNeeds = Uses<Pick<TokenStore, 'redemption'> & Pick<RequestStore, 'request'>, 'now'>

/**
 * Null where the call is none that continues. Refuses: `not_found` for a redemption that is not this executor's and
 * agent's, `token_redeemed` where its outcome is known, `action_mismatch` for another action. Throws as `parseAction`.
 */
export async function continuedCall(
  { store, now }: ContinuedNeeds,
  { subject, action, resource, context }: AskedAccess,
): Promise<Result<ContinuedCall | null>> {
  const continued = context?.continues
  if (!continued) return ok(null)
  const redemption = await store.redemption(continued)
  const request = redemption && (await store.request(redemption.request))
  const { audience } = resource.properties
  if (!request || redemption.audience !== audience || request.agent !== subject.id) return NO_CALL
  if (!isOpen(redemption.outcome)) return OVER
  const salt = request.action?.salt
  if (request.altered || salt === undefined || stateAt(request, now()) !== 'approved') return OTHER
  const { name, properties = {} } = action
  const digest = await actionDigest(parseAction({ name, resource: resource.id, arguments: properties, salt }), audience)
  return digest === request.digest ? ok({ ...continued, request }) : OTHER
}

const isOpen = (outcome: string | null): boolean => outcome === null || outcome === 'indeterminate'

const NO_CALL = refuse('not_found', 'No such call was redeemed by this executor for this agent.', { status: 404 })
const OVER = refuse('token_redeemed', 'The outcome of this call is known: it does not go on. Ask for a new one.')
const OTHER = refuse('action_mismatch', 'This is not the call that was approved. Send exactly its arguments.')
