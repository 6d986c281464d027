/** A credential for an added party: its secret is shown once, its hash is stored. SPEC 10. */
import { z } from 'zod'
import { newCredential } from '../../domain/identity/credential.ts'
import type { Credential } from '../../domain/identity/parties.ts'
import { newId } from '../new-id.ts'
import { type ChangeNeeds, DAY_SECONDS } from './own-change.ts'

export const expires_in_days = z.int().min(1).max(365).default(90)

export async function credentialFor(
  deps: ChangeNeeds,
  kind: Credential['kind'],
  subject: string,
  expiresInDays: number,
) {
  const { secret, hash, prefix } = await newCredential(kind, deps.randomBytes(32))
  const createdAt = deps.now()
  const credential: Credential = {
    id: newId(deps.randomBytes),
    kind,
    subject,
    prefix,
    createdAt,
    expiresAt: createdAt + expiresInDays * DAY_SECONDS,
    revokedAt: null,
    lastUsedAt: null,
  }
  return { secret, hash, credential }
}
