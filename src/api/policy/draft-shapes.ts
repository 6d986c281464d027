/** Drafts of the policy on the wire: checked, tried on one call, replayed on past ones. SPEC 11.4. */
import * as z from 'zod'
import type { CheckedDraft } from '../../authority/drafts/check-draft.ts'
import type { ReplayedPage } from '../../authority/drafts/replay-draft.ts'
import type { TriedDraft } from '../../authority/drafts/try-draft.ts'
import { audienceUri, base64url22, clientId, principalId } from '../../domain/identity/identifiers.ts'
import { instant, untouchedObject } from '../wire-fields.ts'

export const draftText = z.string().max(200_000).meta({
  description: 'The whole policy',
  example: '@id("reads")\npermit (principal, action, resource is Resource)\nwhen { context.effect == "read" };',
})

export const DraftText = z.strictObject({ text: draftText }).meta({ id: 'DraftText' })

const Problem = z
  .strictObject({
    line: z.int(),
    column: z.int(),
    message: z.string(),
    suggestion: z.string().nullable().meta({ description: 'What to write instead, where it is known' }),
  })
  .meta({ id: 'PolicyProblem', description: 'Lines and columns count from 1' })
const problems = z.array(Problem)

export const CheckedDraftView = z
  .strictObject({
    problems,
    warnings: z.array(Problem).meta({ description: 'They keep nobody from publishing it' }),
    policies: z.array(
      z.strictObject({
        id: z.string(),
        effect: z.enum(['permit', 'forbid']),
        actions: z.array(z.string()).nullable().meta({ description: 'null: every action' }),
      }),
    ),
  })
  .meta({ id: 'CheckedDraft' })

export const DraftTrial = z
  .strictObject({
    text: draftText,
    call: z.strictObject({
      agent: z.string().min(1).max(64).meta({ example: 'helpdesk-agent' }),
      audience: audienceUri,
      name: z.string().meta({ example: 'forum.post' }),
      resource: z.string().meta({ example: 'forum:eng/threads/42' }),
      arguments: untouchedObject.optional(),
      principal: principalId.optional(),
      actors: z
        .array(clientId)
        .max(7)
        .optional()
        .meta({ description: 'The proven chain behind the agent, nearest first' }),
    }),
  })
  .meta({ id: 'DraftTrial' })

export const DraftDecision = z
  .strictObject({
    effect: z.enum(['allow', 'approval', 'deny']),
    policies: z.array(z.string()),
    reason: z.string(),
    quorum: z.int(),
    groups: z.array(z.string()),
  })
  .meta({ id: 'DraftDecision' })

export const TriedDraftView = z
  .strictObject({ in_force: DraftDecision, draft: DraftDecision.nullable(), problems })
  .meta({ id: 'TriedDraft' })

const Position = z.strictObject({ created_at: instant, id: base64url22 })

export const ReplayOrder = z
  .strictObject({
    text: draftText,
    days: z.int().min(1).max(365),
    after: Position.optional().meta({ description: 'next of the page before' }),
  })
  .meta({ id: 'ReplayOrder' })

const count = z.int().optional()
export const ReplayedPageView = z
  .strictObject({
    problems,
    total: z.int().nullable().meta({ description: 'Requests of the whole span, on the first page' }),
    examined: z.int(),
    unknown: z
      .int()
      .meta({ description: 'Texts that were erased, or changed in the database, or a party that is no longer known' }),
    changes: z.strictObject({
      same: count,
      terms: count,
      newly_allowed: count,
      newly_asked: count,
      newly_denied: count,
    }),
    differences: z.array(
      z.strictObject({
        id: base64url22,
        created_at: instant,
        agent: z.string(),
        audience: z.string(),
        name: z.string(),
        change: z.enum(['terms', 'newly_allowed', 'newly_asked', 'newly_denied']),
        was: DraftDecision.pick({ effect: true, quorum: true, groups: true }),
        would: DraftDecision,
      }),
    ),
    next: Position.nullable(),
  })
  .meta({ id: 'ReplayedPage' })

const copied = <T extends { readonly policies: readonly string[]; readonly groups: readonly string[] }>(
  decision: T,
) => ({
  ...decision,
  policies: [...decision.policies],
  groups: [...decision.groups],
})

export const checkedDraftView = ({ problems, warnings, policies }: CheckedDraft): z.input<typeof CheckedDraftView> => ({
  problems: [...problems],
  warnings: [...warnings],
  policies: policies.map(({ id, effect, actions }) => ({ id, effect, actions: actions && [...actions] })),
})

export const triedDraftView = ({ inForce, draft, problems }: TriedDraft): z.input<typeof TriedDraftView> => ({
  in_force: copied(inForce),
  draft: draft && copied(draft),
  problems: [...problems],
})

export const replayedPageView = ({
  problems,
  differences,
  next,
  ...page
}: ReplayedPage): z.input<typeof ReplayedPageView> => ({
  ...page,
  problems: [...problems],
  differences: differences.map(({ createdAt, was, would, ...one }) => ({
    ...one,
    created_at: createdAt,
    was: { ...was, groups: [...was.groups] },
    would: copied(would),
  })),
  next: next && { created_at: next.createdAt, id: next.id },
})
