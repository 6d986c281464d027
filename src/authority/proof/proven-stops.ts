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
  /** The authority's own actions lie outside every selector. */
  const stops = (call: Call): boolean =>
    call.audience !== config.origin &&
    inForce
      .idsOf('killswitch')
      .some((id) => selects(parseSelector(inForce.present('killswitch', id)?.['selector']), selectableOf(call)))
  const isAnyEngaged = () => inForce.idsOf('killswitch').length > 0
  async function isStopped(id: string): Promise<boolean> {
    if (!isAnyEngaged()) return false
    const request = await store.request(id)
    return request !== undefined && stops(request)
  }
  return {
    async inbox(input) {
      const page = await store.inbox(input)
      if (!isAnyEngaged()) return page
      return { ...page, stopped: new Set([...page.stopped, ...page.requests.filter(stops).map(({ id }) => id)]) }
    },
    openRequest: async (open) => (stops(open.request) ? { verdict: 'killed' } : store.openRequest(open)),
    isStopped: async (id) => (await store.isStopped(id)) || isStopped(id),
    async stoppedAmong(ids) {
      const stopped = new Set(await store.stoppedAmong(ids))
      if (isAnyEngaged()) for (const id of ids) if (await isStopped(id)) stopped.add(id)
      return stopped
    },
    issueToken: async (draft) => (stops(callOf(draft.token.claims)) ? { verdict: 'killed' } : store.issueToken(draft)),
    async redeemOnce(attempt) {
      const request = isAnyEngaged() ? await store.requestOfToken(attempt.jti) : undefined
      return request !== undefined && (await isStopped(request)) ? { verdict: 'killed' } : store.redeemOnce(attempt)
    },
  } satisfies Partial<RequestStore & StopStore & TokenStore>
}
