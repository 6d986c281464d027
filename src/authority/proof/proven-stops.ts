/**
 * Kill switches according to the ledger: an engaged switch stops what it selects until its approved release, whatever
 * its row says. Costs nothing while none is engaged. SPEC 9, 10.4.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import { parseSelector, type Selectable, selects } from '@countersign/verifier/authority'
import { type ActorChain, subjectsOf, traceOf } from '../../domain/approval/approval-request.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { ProofParts } from './proof-parts.ts'

interface Call {
  readonly id: string
  readonly act: ActorChain
  readonly actor: string
  readonly principal: string
  readonly audience: string
  readonly name: string
}

const selectableOf = ({ id, act, actor, principal, audience, name }: Call): Selectable => ({
  agents: [actor, ...subjectsOf(act)],
  principal,
  executor: audience,
  action: name,
  request: id,
  trace: traceOf(id),
})

const callOf = ({ act, client_id, sub, aud, scope, approval }: ApprovalClaims): Call => ({
  id: approval.request,
  act,
  actor: client_id,
  principal: sub,
  audience: aud,
  name: scope,
})

export function provenStops({ store, config, follower }: ProofParts) {
  const { inForce } = follower
  /** By the switches as they are now. The authority's own actions lie outside every selector. */
  function stopsNow(): (call: Call) => boolean {
    const selectors = inForce
      .idsOf('killswitch')
      .map((id) => parseSelector(inForce.present('killswitch', id)?.['selector']))
    return (call) => {
      if (selectors.length === 0 || call.audience === config.origin) return false
      const selectable = selectableOf(call)
      return selectors.some((selector) => selects(selector, selectable))
    }
  }
  const stops = (call: Call): boolean => stopsNow()(call)
  const isAnyEngaged = () => inForce.idsOf('killswitch').length > 0
  async function stoppedOf(ids: readonly string[]): Promise<readonly string[]> {
    if (!isAnyEngaged()) return []
    const requests = await store.requestsById(ids)
    const isStopped = stopsNow()
    return requests.flatMap((request) => (request && isStopped(request) ? [request.id] : []))
  }
  return {
    async inbox(input) {
      const page = await store.inbox(input)
      if (!isAnyEngaged()) return page
      return { ...page, stopped: new Set([...page.stopped, ...page.requests.filter(stopsNow()).map(({ id }) => id)]) }
    },
    openRequest: async (open) => (stops(open.request) ? { verdict: 'killed' } : store.openRequest(open)),
    isStopped: async (id) => (await store.isStopped(id)) || (await stoppedOf([id])).length > 0,
    stoppedAmong: async (ids) => new Set([...(await store.stoppedAmong(ids)), ...(await stoppedOf(ids))]),
    issueToken: async (draft) => (stops(callOf(draft.token.claims)) ? { verdict: 'killed' } : store.issueToken(draft)),
    async redeemOnce(attempt) {
      const request = isAnyEngaged() ? await store.requestOfToken(attempt.jti) : undefined
      return request !== undefined && (await stoppedOf([request])).length > 0
        ? { verdict: 'killed' }
        : store.redeemOnce(attempt)
    },
  } satisfies Partial<RequestStore & StopStore & TokenStore>
}
