/** One request on the wire, for its readers: what was approved, by which terms, and what its approvers changed. SPEC 2.3, 5.2. */
import * as z from 'zod'
import type { ListItem } from '../../authority/requests/list-requests.ts'
import type { RequestContent } from '../../authority/requests/read-content.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import { digest, instant, jsonObject } from '../wire-fields.ts'
import {
  Consenter,
  consenterIn,
  ListedRequestView,
  Person,
  personIn,
  REQUEST_STATES,
  rowOf,
} from './request-list-shapes.ts'
import { Bounds, boundsView, Preview, WhyDecided, whyDecided } from './request-shapes.ts'

const Terms = z
  .strictObject({
    approvers: z.array(z.strictObject({ groups: z.array(z.string()), count: z.int() })).meta({
      description: 'Distinct people, each of one of the groups; empty where the policy allowed it at once',
    }),
    ordered: z.boolean().meta({ description: 'One after another, in this order' }),
    uses: z.int(),
    ttl_seconds: z.int(),
  })
  .meta({ id: 'ApprovalTerms' })

const RoundView = z
  .strictObject({
    request: base64url22,
    round: z.int().meta({ description: '0 for the call as its agent asked for it' }),
    state: z.enum(REQUEST_STATES),
    digest: digest.meta({ description: 'Of the action that was signed' }),
    created_at: instant,
    changed_by: Person.nullable(),
    changes: z
      .array(
        z.strictObject({
          argument: z.string().meta({ description: 'Its path' }),
          before: z.unknown().optional().meta({ description: 'Absent where it was not given' }),
          after: z.unknown().optional(),
        }),
      )
      .nullable()
      .meta({ description: 'From the round before; null once the arguments were erased' }),
    signed_by: z.array(Consenter.extend({ at: instant })).meta({ description: 'The consents that stand' }),
  })
  .meta({ id: 'Round' })

export const RequestContentView = z
  .strictObject({
    request: ListedRequestView,
    policy: WhyDecided,
    terms: Terms,
    resource: z.string().nullable(),
    arguments: jsonObject.nullable(),
    bounds: Bounds.optional().meta({ description: 'Of a grant: the arguments that may differ between calls' }),
    preview: z.strictObject({ by: z.enum(['executor', 'agent']), content: Preview.nullable() }).nullable(),
    reason: z.string().nullable().meta({ description: 'In the words of the agent, or of the executor' }),
    denial_reason: z.string().nullable().meta({ description: 'In the words of the person who denied it' }),
    masked: z.array(z.string()).meta({
      description:
        'Paths of arguments that the catalogue calls sensitive: they are masked, and the preview and the reasons left out',
    }),
    uncovered: z.array(z.string()).meta({ description: 'Paths of those that this reader has uncovered' }),
    rounds: z.array(RoundView).meta({
      description: 'As its agent asked, and each change of an approver, in order; what is sensitive is always masked',
    }),
    erasure: z
      .strictObject({ order: base64url22.nullable(), by: z.array(Person), at: instant })
      .nullable()
      .meta({ description: 'The approved request that ordered it and who consented; of the retention, no order' }),
  })
  .meta({ id: 'RequestContent', description: 'What was approved; null members were erased, or never given' })

export function requestContent(content: RequestContent): z.input<typeof RequestContentView> {
  const { item, masked, uncovered, names, rounds, erasure } = content
  const { action, preview } = item
  return {
    request: rowOf(item, names),
    policy: whyDecided(item),
    terms: termsView(item),
    resource: action?.resource ?? null,
    arguments: action && { ...action.arguments },
    ...(item.series === null ? {} : boundsView(item.series)),
    preview: preview && { by: preview.by, content: preview.content && wirePreview(preview.content) },
    reason: item.reason,
    denial_reason: item.denial?.reason ?? null,
    masked: [...masked],
    uncovered: [...uncovered],
    rounds: rounds.map((round) => roundView(round, names)),
    erasure: erasure && { ...erasure, by: erasure.by.map(personIn(names)) },
  }
}

const termsView = ({ origin, terms: { approvers, ordered, uses, ttlSeconds } }: ListItem) => ({
  approvers: origin === 'policy' ? [] : approvers.map(({ groups, count }) => ({ groups: [...groups], count })),
  ordered,
  uses,
  ttl_seconds: ttlSeconds,
})

function roundView(round: RequestContent['rounds'][number], names: RequestContent['names']) {
  const person = personIn(names)
  return {
    request: round.id,
    round: round.round,
    state: round.state,
    digest: round.digest,
    created_at: round.createdAt,
    changed_by: round.changedBy === null ? null : person(round.changedBy),
    changes: round.changes?.map(({ path, ...values }) => ({ argument: path.join('.'), ...values })) ?? null,
    signed_by: round.signed.map(({ givenAt, ...given }) => ({ ...consenterIn(names, given), at: givenAt })),
  }
}

const wirePreview = ({ summary, changes }: NonNullable<NonNullable<ListItem['preview']>['content']>) => ({
  ...(summary === undefined ? {} : { summary }),
  changes: changes.map(({ label, before, after }) => ({ label, before, after })),
})
