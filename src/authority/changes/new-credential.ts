/**
 * A credential for an added party: its secret is shown once. Its hash is stored, and sealed in the entry, because the
 * consent was given before the secret existed. SPEC 10, 10.4.
 */
import * as z from 'zod'
import { type CredentialContent, credentialRow } from '../../domain/identity/configuration-rows.ts'
import { newCredential } from '../../domain/identity/credential.ts'
import type { Credential } from '../../domain/identity/parties.ts'
import type { LogKey } from '../../domain/ledger/log-key.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
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
  const members = await credentialMembers(deps.logKey, { ...credential, hash })
  return { secret, hash, credential, members }
}

/** Members of a credential's entry, beside its kind and subject. */
export const credentialMembers = async (logKey: LogKey, credential: CredentialContent) => ({
  credential: credential.id,
  expires: credential.expiresAt,
  hash: credential.hash,
  seal: await sealRow(logKey, credentialRow(credential)),
})
