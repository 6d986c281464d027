/** A review on the wire: what each party was allowed, used, and did not use. SPEC 3, 10. */
import * as z from 'zod'
import type { Credential } from '../../domain/identity/parties.ts'
import type { Review, Usage } from '../../domain/identity/usage.ts'
import { instant } from '../wire-fields.ts'

const usageCounts = z
  .strictObject({ recent: z.int(), whole: z.int() })
  .meta({ description: 'Within 30 days, and within 90 days' })

const UsageView = z
  .strictObject({
    agent: z.string(),
    executor: z.string(),
    name: z.string(),
    requests: usageCounts,
    approvals: usageCounts,
    redemptions: usageCounts,
    last_asked_at: instant,
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'Use' })

const usageView = ({ lastAskedAt, lastUsedAt, ...use }: Usage) => ({
  ...use,
  last_asked_at: lastAskedAt,
  last_used_at: lastUsedAt,
})

const credentials = z
  .array(z.strictObject({ id: z.string(), prefix: z.string(), expires_at: instant, last_used_at: instant.nullable() }))
  .meta({ description: 'Credentials that were not revoked' })

const credentialsView = (credentials: readonly Credential[]) =>
  credentials
    .filter(({ revokedAt }) => revokedAt === null)
    .map(({ id, prefix, expiresAt, lastUsedAt }) => ({
      id,
      prefix,
      expires_at: expiresAt,
      last_used_at: lastUsedAt,
    }))

export const ReviewView = z
  .strictObject({
    from: instant,
    recent_from: instant,
    agents: z.array(
      z.strictObject({
        id: z.string(),
        credentials,
        used: z.array(UsageView),
        unused: z.array(z.strictObject({ executor: z.string(), name: z.string() })),
      }),
    ),
    executors: z.array(
      z.strictObject({
        audience: z.string(),
        title: z.string(),
        credentials,
        used: z.array(UsageView),
        unused: z.array(z.string()).meta({ description: 'Action names of its catalogue' }),
      }),
    ),
  })
  .meta({ id: 'Review', description: 'Revoked parties and the authority’s own are left out' })

export const reviewView = ({ from, recentFrom, agents, executors }: Review): z.input<typeof ReviewView> => ({
  from,
  recent_from: recentFrom,
  agents: agents.map(({ id, credentials, used, unused }) => ({
    id,
    credentials: credentialsView(credentials),
    used: used.map(usageView),
    unused: [...unused],
  })),
  executors: executors.map(({ audience, title, credentials, used, unused }) => ({
    audience,
    title,
    credentials: credentialsView(credentials),
    used: used.map(usageView),
    unused: unused.map(({ name }) => name),
  })),
})
