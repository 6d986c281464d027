/**
 * The shapes of a review on the wire: what was allowed, used, and not used. Part of `schemas.ts`. SPEC 3, 10.
 */
import { z } from 'zod'

const instant = z.int().nonnegative().meta({ description: 'Epoch seconds' })
const often = z
  .strictObject({ recent: z.int(), whole: z.int() })
  .meta({ description: 'Within 30 days, and within 90, which contain them' })

const Use = z
  .strictObject({
    agent: z.string(),
    executor: z.string(),
    name: z.string(),
    requests: often,
    approvals: often,
    redemptions: often,
    last_asked_at: instant,
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'Use' })

const credentials = z
  .array(z.strictObject({ id: z.string(), prefix: z.string(), expires_at: instant, last_used_at: instant.nullable() }))
  .meta({ description: 'Those that were not revoked; every credential has an end' })

export const Review = z
  .strictObject({
    from: instant,
    recent_from: instant,
    agents: z.array(
      z.strictObject({
        id: z.string(),
        credentials,
        used: z.array(Use),
        unused: z.array(z.strictObject({ executor: z.string(), name: z.string() })),
      }),
    ),
    executors: z.array(
      z.strictObject({
        audience: z.string(),
        title: z.string(),
        credentials,
        used: z.array(Use),
        unused: z.array(z.string()).meta({ description: 'Action names of its catalogue' }),
      }),
    ),
  })
  .meta({ id: 'Review', description: 'Revoked parties and the authority’s own are left out' })
