/**
 * Denies a request: a session is enough, since a denial makes things safer.
 *
 * In: the approver, the request, perhaps a reason that reaches the agent. Out: the request as it is then. SPEC 5.
 */
import type { Approver } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import type { Result } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import { notFound } from '../refusals.ts'
import { notRecorded } from './answerable.ts'
import { type Answer, answerTo } from './consent.ts'

type Needs = Pick<Deps, 'now' | 'randomBytes' | 'log'> & { readonly store: RequestStore }

export async function deny(deps: Needs, approver: Approver, id: string, reason?: string): Promise<Result<Answer>> {
  const request = await deps.store.request(id)
  if (!request || !approver.roles.includes(request.terms.approvers)) return notFound()
  const payloads =
    reason === undefined ? [] : [await preparePayload(id, 'denial', reason, payloadSalt(deps.randomBytes))]
  const members = { approver: approver.id, payloads: payloads.map(({ digest }) => digest) }
  const now = deps.now()
  const entry = await requestEntry(request, 'consent.denied', now, members)
  if (!(await deps.store.recordDenial({ request: id, now, entry, payloads }))) return notRecorded(deps, id, 'too_late')
  deps.log.info('consent.denied', { trace: request.trace, request: id, approver: approver.id })
  return answerTo(deps, id)
}
