/** Observed drafts of the policy on the wire. SPEC 11.8. */
import * as z from 'zod'
import type { ObservationReport } from '../../authority/drafts/observations.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import type { Observation, ObservedDifference } from '../../domain/policy/drafts/observation.ts'
import { instant } from '../wire-fields.ts'
import { DraftDecision } from './draft-shapes.ts'

export const ObservationOrder = z
  .strictObject({
    text: z.string().min(1).max(64_000).meta({
      description: 'The whole draft',
      example: '@id("reads")\npermit (principal, action, resource is Resource)\nwhen { context.effect == "read" };',
    }),
    seconds: z.int().min(60).max(1_209_600).meta({ description: 'How long: at most 14 days', example: 86_400 }),
  })
  .meta({ id: 'ObservationOrder' })

const observation = {
  id: base64url22,
  digest: z.string().meta({ description: 'That the policy would have, were this text published' }),
  base: z.int().meta({ description: 'The version of the policy beside which it decides' }),
  started_by: z.string(),
  started_at: instant,
  ends_at: instant,
  ended_at: instant.nullable(),
  counts: z.strictObject({
    same: z.int(),
    terms: z.int(),
    newly_allowed: z.int(),
    newly_asked: z.int(),
    newly_denied: z.int(),
    failed: z.int().meta({ description: 'The draft broke its engine, or took too long' }),
    unknown: z.int().meta({ description: 'It reads a fact that the policy in force does not count' }),
    missed: z.int().meta({ description: 'Too many calls came at once' }),
  }),
}

export const ObservationView = z.strictObject(observation).meta({ id: 'Observation' })
export const ObservationsView = z.strictObject({
  observations: z.array(ObservationView).meta({ description: 'The latest first, at most 20' }),
})

const Was = DraftDecision.pick({ effect: true, quorum: true, groups: true })

export const ObservationReportView = z
  .strictObject({
    ...observation,
    text: z.string(),
    differences: z
      .array(
        z.strictObject({
          change: z.enum(['terms', 'newly_allowed', 'newly_asked', 'newly_denied', 'failed']),
          agent: z.string(),
          audience: z.string(),
          name: z.string(),
          was: Was,
          would: DraftDecision.omit({ reason: true }).nullable().meta({ description: 'null where the draft failed' }),
          reason: z.string(),
          count: z.int(),
          last_at: instant,
          request: base64url22.nullable().meta({ description: 'The last one; null where none was opened' }),
        }),
      )
      .meta({ description: 'Equal ones as one, the most frequent first, at most 200' }),
  })
  .meta({ id: 'ObservationReport' })

export const observationView = (one: Observation): z.input<typeof ObservationView> => ({
  id: one.id,
  digest: one.digest,
  base: one.base,
  started_by: one.startedBy,
  started_at: one.startedAt,
  ends_at: one.endsAt,
  ended_at: one.endedAt,
  counts: { ...one.counts },
})

export const observationsView = (all: readonly Observation[]): z.input<typeof ObservationsView> => ({
  observations: all.map(observationView),
})

export const observationReportView = ({
  observation: one,
  differences,
}: ObservationReport): z.input<typeof ObservationReportView> => ({
  ...observationView(one),
  text: one.text,
  differences: differences.map(differenceView),
})

const differenceView = ({ key: _, lastAt, was, would, ...difference }: ObservedDifference) => ({
  ...difference,
  last_at: lastAt,
  was: { ...was, groups: [...was.groups] },
  would: would && { ...would, policies: [...would.policies], groups: [...would.groups] },
})
