/**
 * The members of a ledger entry about an enrolled passkey: enough to check its signatures, nothing that names a person.
 * SPEC 8.
 */
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Passkey } from '../../domain/identity/parties.ts'
import type { EntryMembers } from '../../domain/ledger/entry.ts'

export const passkeyMembers = async (passkey: Passkey): Promise<EntryMembers> => ({
  credential: await hashSecret(passkey.credentialId),
  public_key: { ...passkey.key },
  aaguid: passkey.aaguid,
  backed_up: passkey.backedUp,
  transports: [...passkey.transports],
})
