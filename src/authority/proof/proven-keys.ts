/**
 * The signing keys according to the ledger: only those that the log's key sealed are published or sign, with the instants
 * that it sealed. The table shows what somebody changed. SPEC 6, 10.4.
 */
import type { JsonObject } from '@countersign/verifier'
import { endedRow } from '../../domain/identity/configuration-rows.ts'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { SigningKeyStore } from '../../store/contract/token-store.ts'
import type { ProofParts } from './proof-parts.ts'
import { objectOf } from './safer-facts.ts'

/** `check` takes in what was committed meanwhile, and reports rows that are not proven. */
export function provenKeys(
  { store, follower: { inForce }, findings }: ProofParts,
  check: (rows: readonly KeyLife[]) => Promise<unknown>,
) {
  return {
    async signingKeys() {
      const known = inForce.idsOf('signingkey')
      const rows = await store.signingKeys()
      await check(rows)
      const missing = known.filter((kid) => rows.every((row) => row.kid !== kid))
      for (const kid of missing) await findings.report(endedRow('signingkey', kid))
      return inForce
        .idsOf('signingkey')
        .map((kid) => lifeOf(kid, inForce.present('signingkey', kid) ?? {}))
        .sort((one, other) => one.publishedAt - other.publishedAt)
    },
  } satisfies Partial<SigningKeyStore>
}

function lifeOf(kid: string, content: JsonObject): KeyLife {
  const publicJwk = objectOf(content['public_key'])
  return {
    kid,
    alg: publicJwk['kty'] === 'OKP' ? 'EdDSA' : 'ES256',
    publicJwk,
    publishedAt: Number(content['published']),
    signsFrom: Number(content['signs_from']),
    retiredAt: null,
  }
}
