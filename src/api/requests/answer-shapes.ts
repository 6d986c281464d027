/**
 * Consents and denials on the wire, of one request and of several at once.
 *
 * A batch names a request once, and its order is the order that is signed. SPEC 5, 6.
 */
import { ERROR_CODES } from '@countersign/verifier'
import * as z from 'zod'
import type { BatchAnswer } from '../../authority/requests/consent-batch.ts'
import type { Inbox as WaitingRequests } from '../../authority/requests/inbox.ts'
import type { RevisedRequest } from '../../authority/requests/revision/revised-request.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { INBOX_PAGE } from '../../domain/approval/request-filter.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import { credentialJson } from '../people/people-shapes.ts'
import { amountUpTo, digest, jsonObject, untouchedObject } from '../wire-fields.ts'
import { RequestQuery } from './request-list-shapes.ts'
import { Action, Bounds, RequestView, requestView } from './request-shapes.ts'

export const Inbox = z.strictObject({
  requests: z.array(RequestView),
  waiting: z.int().meta({ description: 'How many wait, those of other pages included' }),
  exact: z.boolean().meta({ description: 'False where more may wait than `waiting` says' }),
  next: z.int().nullable().meta({ description: 'The `page` that follows; null after the last' }),
  version: z.string(),
})

export const inboxView = ({ waiting, count, next, version }: WaitingRequests, origin: string) => ({
  requests: waiting.map((request) => requestView(request, origin)),
  waiting: count.atLeast,
  exact: count.isExact,
  next,
  version,
})

const MOST_PAGES = 10_000

/** A search among the requests that wait for a person. */
export const InboxQuery = RequestQuery.pick({
  agent: true,
  executor: true,
  name: true,
  danger: true,
  words: true,
}).extend({
  page: amountUpTo(MOST_PAGES)
    .optional()
    .meta({ description: `From 1, with ${INBOX_PAGE} requests each` }),
})

export const ConsentOffer = z
  .strictObject({
    options: jsonObject,
    statement: jsonObject,
    target: z.string().nullable().meta({
      description:
        'The name that the person types before they sign, where something is destroyed for good. Let them type it: never fill it in',
    }),
  })
  .meta({
    id: 'ConsentOffer',
    description: 'The statement that the passkey is to sign, and the WebAuthn options for it',
  })

export const ConsentAnswer = z
  .strictObject({
    assertion: credentialJson,
    target: z.string().max(512).optional().meta({ description: 'The name, as the person typed it' }),
  })
  .meta({ id: 'ConsentAnswer' })

export const AnswerView = z
  .strictObject({ id: base64url22, state: z.string(), consents: z.int(), quorum: z.int() })
  .meta({ id: 'Answered' })

export const answerView = ({ id, state, consents, terms }: ApprovalRequest): z.input<typeof AnswerView> => ({
  id,
  state,
  consents,
  quorum: terms.quorum,
})

export const Revise = z
  .strictObject({
    arguments: untouchedObject.meta({ description: 'All arguments of the call, those that stay the same included' }),
  })
  .meta({ id: 'Revise' })

export const Revision = z
  .strictObject({
    id: base64url22.meta({ description: 'Of the request that would take the place of this one' }),
    action: Action,
    digest,
    round: z.int().min(1).max(3),
    quorum: z.int(),
  })
  .meta({ id: 'Revision', description: 'A changed call, as the approver would consent to it' })

export const revisionView = ({ request, proposal }: RevisedRequest): z.input<typeof Revision> => ({
  id: request.id,
  action: { ...proposal.action, arguments: { ...proposal.action.arguments } },
  digest: request.digest,
  round: request.round,
  quorum: request.terms.quorum,
})

export const GrantLike = Bounds.extend({
  expires_in: z
    .int()
    .min(10)
    .max(28_800)
    .optional()
    .meta({ description: 'Seconds until the grant ends; an hour by default' }),
}).meta({ id: 'GrantLike', description: 'The bounds have to cover the call itself' })

export const Denial = z.strictObject({ reason: z.string().max(2000).optional() }).meta({ id: 'Deny' })

export const MAX_BATCH = 16

const batchIds = z
  .array(base64url22)
  .min(2, 'a batch has at least 2 requests')
  .max(MAX_BATCH, `a batch has at most ${MAX_BATCH} requests`)
  .refine((ids) => new Set(ids).size === ids.length, 'a batch names a request once')
  .meta({ description: 'Ids of the requests, in the order in which they are shown and signed' })

export const Batch = z.strictObject({ requests: batchIds }).meta({ id: 'Batch' })

export const BatchOffer = z
  .strictObject({
    options: z.record(z.string(), z.unknown()),
    statements: z.array(z.record(z.string(), z.unknown())),
  })
  .meta({
    id: 'BatchOffer',
    description: 'The statements that the passkey is to sign, in order, and the WebAuthn options for them',
  })

export const BatchConsent = z
  .strictObject({ requests: batchIds, assertion: credentialJson })
  .meta({ id: 'BatchConsent' })

export const BatchAnswers = z
  .strictObject({
    answers: z.array(
      z.strictObject({
        id: base64url22,
        verdict: z.enum(['consented', 'refused']),
        state: z.string(),
        consents: z.int(),
        quorum: z.int(),
        code: z.enum(ERROR_CODES).optional().meta({ description: 'Why it was refused' }),
        detail: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'BatchAnswered', description: 'One verdict for each, in order' })

type BatchVerdict = z.input<typeof BatchAnswers>['answers'][number]

export const batchAnswerView = ({ request, refusal }: BatchAnswer): BatchVerdict => ({
  id: request.id,
  verdict: refusal ? 'refused' : 'consented',
  state: request.state,
  consents: request.consents,
  quorum: request.terms.quorum,
  ...(refusal ? { code: refusal.code, detail: refusal.message } : {}),
})
