/** The list of requests on the wire: its filter, and one row a request. SPEC 2, 12. */
import * as z from 'zod'
import type { ListItem, RequestList } from '../../authority/requests/list-requests.ts'
import {
  type Consenter as ConsentGiven,
  DANGERS,
  formatPosition,
  parsePosition,
  RESULTS,
} from '../../domain/approval/request-filter.ts'
import { base64url22, nameOf } from '../../domain/identity/identifiers.ts'
import { amountUpTo, digest, instant, position, traceId } from '../wire-fields.ts'

export const REQUEST_STATES = ['pending', 'approved', 'denied', 'expired', 'withdrawn', 'stopped', 'changed'] as const
const MOST_LISTED = 200

const whole = nameOf(256).optional()

/** One or several words. */
export const searchedWords = z
  .string()
  .max(256)
  .regex(/[\p{L}\p{N}]/u, 'at least one letter or digit')

export const RequestQuery = z.strictObject({
  state: z.enum(REQUEST_STATES).optional(),
  agent: whole,
  principal: whole.meta({ description: 'Its id, or the name of a person' }),
  executor: whole.meta({ description: 'Its URI' }),
  name: whole.meta({ description: 'Name of the action' }),
  undoes: base64url22.optional().meta({ description: 'The request that is to be undone' }),
  approver: whole.meta({ description: 'Id or name of a person who consented or denied' }),
  outcome: z.enum(RESULTS).optional().meta({
    description:
      'running: redeemed and not reported yet; indeterminate: unknown, or never reported; unused: the token expired unspent',
  }),
  decision: z
    .enum(['allow', 'approval'])
    .optional()
    .meta({ description: 'allow: the policy allowed it at once; approval: people were asked' }),
  danger: z.enum(DANGERS).optional().meta({
    description: 'irreversible: writes or destroys, and no catalogue says that it can be undone',
  }),
  from: position.optional().meta({ description: 'Opened at or after, epoch seconds' }),
  to: position.optional().meta({ description: 'Opened at or before, epoch seconds' }),
  words: searchedWords.optional().meta({
    description:
      'Beginnings of words that the call, its preview or the reason all have; where arguments are sensitive, its name and resource alone',
  }),
  after: z
    .string()
    .transform((text) => parsePosition(text))
    .refine((found) => found !== undefined, 'the `next` of the page before')
    .optional()
    .meta({ type: 'string', description: 'The `next` of the page before' }),
  limit: amountUpTo(MOST_LISTED).default(50),
})

export const Person = z.strictObject({ approver: z.string(), name: z.string().nullable() }).meta({
  id: 'NamedApprover',
  description: 'The name is null where it was erased, and for agents and executors',
})

/** Somebody who consented. */
export const Consenter = Person.extend({
  on_behalf_of: Person.nullable().meta({ description: 'The absent person whose deputy they were' }),
}).meta({ id: 'Consenter' })

export const ListedRequestView = z
  .strictObject({
    id: base64url22,
    trace: traceId,
    state: z.enum(REQUEST_STATES),
    held: z.boolean().meta({ description: 'It waits, and a kill switch holds it' }),
    decision: z.enum(['allow', 'approval']),
    summary: z.string().meta({ description: 'The action in one sentence; long values are cut' }),
    name: z.string(),
    action: digest,
    effect: z.enum(['read', 'write', 'destructive']),
    agent: z.string(),
    actor: z.string(),
    principal: z.string(),
    principal_name: z.string().nullable().meta({ description: 'Where the principal is a person' }),
    executor: z.string(),
    executor_title: z.string(),
    quorum: z.int(),
    consented_by: z.array(Consenter).meta({ description: 'The consents that counted, or count until it is settled' }),
    grant: base64url22
      .nullable()
      .meta({ description: 'The grant under which it was approved; consented_by gave that' }),
    denied_by: Person.nullable(),
    outcome: z.enum(RESULTS).nullable(),
    undoes: base64url22.nullable().meta({ description: 'The request that it undoes' }),
    proposed_by: Person.nullable().meta({ description: 'The person who proposed to undo it' }),
    erased: z.boolean().meta({ description: 'Arguments, preview and reasons were erased' }),
    altered: z.boolean().meta({
      description: 'A stored text is not the one that the ledger recorded; it is null, or a sentence that says so',
    }),
    created_at: instant,
    expires_at: instant,
    decided_at: instant.nullable(),
  })
  .meta({ id: 'ListedRequest' })

export const RequestsPage = z.strictObject({
  requests: z.array(ListedRequestView),
  next: z.string().nullable().meta({
    description: 'Where the next page begins; a page can be short, even empty, and have a next one',
  }),
})

type Row = z.input<typeof ListedRequestView>

export const requestsPage = ({ items, next, names }: RequestList): z.input<typeof RequestsPage> => ({
  requests: items.map((item) => rowOf(item, names)),
  next: next && formatPosition(next),
})

export const personIn = (names: RequestList['names']) => (approver: string) => ({
  approver,
  name: names.get(approver) ?? null,
})

export const consenterIn = (names: RequestList['names'], { approver, onBehalfOf }: ConsentGiven) => ({
  ...personIn(names)(approver),
  on_behalf_of: onBehalfOf === null ? null : personIn(names)(onBehalfOf),
})

export function rowOf(item: ListItem, names: RequestList['names']): Row {
  const person = personIn(names)
  return {
    id: item.id,
    trace: item.trace,
    state: item.state,
    held: item.held,
    decision: item.origin === 'policy' ? 'allow' : 'approval',
    summary: item.sentence.map(({ text }) => cut(text)).join(''),
    name: item.name,
    action: item.digest,
    effect: item.catalogueEntry.effect,
    agent: item.agent,
    actor: item.actor,
    principal: item.principal,
    principal_name: names.get(item.principal) ?? null,
    executor: item.audience,
    executor_title: item.executorTitle,
    quorum: item.origin === 'policy' ? 0 : item.terms.quorum,
    consented_by: item.consentedBy.map((one) => consenterIn(names, one)),
    grant: item.grant,
    denied_by: item.denial === null ? null : person(item.denial.by),
    outcome: item.outcome,
    undoes: item.undoes,
    proposed_by: item.proposedBy === null ? null : person(item.proposedBy),
    erased: item.action === null && !item.altered,
    altered: item.altered,
    created_at: item.createdAt,
    expires_at: item.expiresAt,
    decided_at: item.decidedAt,
  }
}

const LONGEST_PART = 200

/** A title is at most 200 characters: only values of arguments are longer. */
function cut(text: string): string {
  const first = [...text.slice(0, 2 * LONGEST_PART + 2)].slice(0, LONGEST_PART + 1)
  return first.length > LONGEST_PART ? `${first.slice(0, LONGEST_PART).join('')}…` : text
}
