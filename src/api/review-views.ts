/** A review in the words of the wire; see `views.ts`. */
import type { z } from 'zod'
import type { Credential } from '../domain/identity/parties.ts'
import type { Review, Usage } from '../domain/identity/usage.ts'
import type * as s from './review-schemas.ts'

const useView = ({ lastAskedAt, lastUsedAt, ...use }: Usage) => ({
  ...use,
  last_asked_at: lastAskedAt,
  last_used_at: lastUsedAt,
})

const credentialsView = (credentials: readonly Credential[]) =>
  credentials
    .filter(({ revokedAt }) => revokedAt === null)
    .map(({ id, prefix, expiresAt, lastUsedAt }) => ({
      id,
      prefix,
      expires_at: expiresAt,
      last_used_at: lastUsedAt,
    }))

export const reviewView = ({ from, recentFrom, agents, executors }: Review): z.input<typeof s.Review> => ({
  from,
  recent_from: recentFrom,
  agents: agents.map(({ id, credentials, used, unused }) => ({
    id,
    credentials: credentialsView(credentials),
    used: used.map(useView),
    unused: [...unused],
  })),
  executors: executors.map(({ audience, title, credentials, used, unused }) => ({
    audience,
    title,
    credentials: credentialsView(credentials),
    used: used.map(useView),
    unused: unused.map(({ name }) => name),
  })),
})
