/** The endpoints of drafts: whoever may propose a policy can try it first. SPEC 11.4. */
import { define } from '../endpoint.ts'
import * as s from './draft-shapes.ts'

const draft = { method: 'POST', callers: ['operator'], session: 'admin', large: true } as const

export const draftEndpoints = define('administration', {
  checkDraft: {
    ...draft,
    path: '/policy/check',
    summary: 'Check a draft of the policy: where it is wrong, and what to write instead',
    body: s.DraftText,
    response: s.CheckedDraftView,
    refusals: ['rate_limited'],
  },
  tryDraft: {
    ...draft,
    path: '/policy/try',
    summary: 'Try a draft on one call, beside the policy in force. Asks nobody',
    body: s.DraftTrial,
    response: s.TriedDraftView,
    refusals: ['rate_limited', 'not_found'],
  },
  replayDraft: {
    ...draft,
    path: '/policy/replay',
    summary: 'Replay a page of past requests against a draft: what would be decided otherwise',
    body: s.ReplayOrder,
    response: s.ReplayedPageView,
    refusals: ['rate_limited'],
  },
})
