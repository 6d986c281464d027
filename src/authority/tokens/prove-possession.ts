/**
 * Proves possession of a key: the DPoP proof that comes with a call binds the token to its key. RFC 9449.
 */
import { verifyDpop } from '@countersign/verifier'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { parsing } from '../refusals.ts'

/** The DPoP header of a call, and the method and URL it must cover. */
export interface PossessionProof {
  readonly proof: string
  readonly method: string
  readonly url: string
}

/** The thumbprint of the proven key; null for a call without proof. */
export async function provenKey(
  { now }: Pick<Deps, 'now'>,
  possession: PossessionProof | undefined,
): Promise<Result<string | null>> {
  if (!possession) return ok(null)
  const { proof, method, url } = possession
  return parsing(async () => ok((await verifyDpop(proof, { method, url, now: now() })).jkt))
}
