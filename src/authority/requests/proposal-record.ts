/**
 * What is kept of a proposal: its first two ledger entries, and the payloads that may be erased one day.
 *
 * In: what was asked, what policy decided, how it arrived. Out: entries and payloads, not yet committed.
 * A denied proposal leaves its entries and no payload. SPEC 8.
 */

import { traceOf } from '../../domain/approval/approval-request.ts'
import type { Asked, PermittedDecision } from '../../domain/approval/new-request.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { partiesOf } from '../../domain/ledger/entry-parties.ts'
import {
  type Payload,
  type PayloadKind,
  payloadSalt,
  preparePayload,
  resourceDigest,
} from '../../domain/ledger/payload.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import type { Idempotency } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'

/** How a proposal came: what makes a repetition of it the same one, and the caller's own trace for correlation. */
export interface Arrival {
  readonly idempotency: Idempotency | null
  readonly challenge: { readonly issuer: string; readonly jti: string } | null
  readonly parentTrace: string | undefined
  /** Thumbprint of the key that an allowed token is to be bound to. */
  readonly jkt: string | null
}

export function createRecording(deps: Pick<Deps, 'randomBytes'>) {
  return async function recordOf(asked: Asked, decision: PolicyDecision, arrival: Arrival) {
    const payloads: Payload[] = []
    const keep = async (kind: PayloadKind, content: Parameters<typeof preparePayload>[2]) => {
      payloads.push(await preparePayload(asked.id, kind, content, payloadSalt(deps.randomBytes)))
    }
    await keep('action', { ...asked.action })
    if (asked.preview) await keep('preview', JSON.parse(JSON.stringify(asked.preview.content)))
    if (asked.reason !== null) await keep('reason', asked.reason)
    const members = partiesOf({
      ...asked,
      agent: asked.agent.id,
      audience: asked.executor.audience,
      name: asked.action.name,
    })
    const trace = traceOf(asked.id)
    const entries = [
      await prepareEntry('request.created', asked.now, trace, {
        ...members,
        door: asked.door,
        txn: asked.txn,
        act: asked.act,
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
        ...(decision.effect === 'deny' ? {} : termsOf(asked, decision)),
      }),
    ]
    return { payloads: decision.effect === 'deny' ? [] : payloads, entries }
  }
}

/** With these, `request.created` and a consent's own members, anyone can write down the statement that was signed. */
const termsOf = (asked: Asked, { effect, terms }: PermittedDecision) => ({
  quorum: effect === 'allow' ? 0 : terms.quorum,
  uses: terms.uses,
  client_id: terms.actor ?? asked.agent.id,
  self_approval: terms.selfApproval,
})
