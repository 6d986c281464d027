/** Routes of drafts of the policy. */
import { checkedDraftView, replayedPageView, triedDraftView } from '../../api/policy/draft-shapes.ts'
import { reachView } from '../../api/policy/reach-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Router } from '../call/router.ts'

export function serveDrafts(router: Router, { drafting }: Services): void {
  router.serve('checkDraft', ({ caller, body }) => drafting.check(caller, body.text), checkedDraftView)
  router.serve('reachOfAgent', ({ caller, param }) => drafting.survey(caller, param('id')), reachView)
  router.serve('tryDraft', ({ caller, body }) => drafting.attempt(caller, body), triedDraftView)
  router.serve(
    'replayDraft',
    ({ caller, body: { after, ...order } }) =>
      drafting.replay(caller, { ...order, after: after ? { createdAt: after.created_at, id: after.id } : null }),
    replayedPageView,
  )
}
