/** The endpoints of drafts: callers who may propose a policy can try it first. SPEC 11.4. */
import { define } from '../endpoint.ts'
import * as s from './draft-shapes.ts'
import { ReachView } from './reach-shapes.ts'

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
  reachOfAgent: {
    method: 'GET',
    path: '/agents/:id/reach',
    callers: ['operator'],
    session: 'admin',
    summary: 'The worst that an agent could do today: each action, with the mildest terms by which it could get it',
    response: ReachView,
    refusals: ['rate_limited', 'not_found'],
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
