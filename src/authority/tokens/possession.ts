/**
 * Proof of possession at the authority's own endpoints: a DPoP proof names the configured origin and the path of the
 * call, and serves one call, whichever process it reaches. SPEC 6; RFC 9449.
 */
import { base64urlEncode, sha256, verifyDpop } from '@countersign/verifier'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import { parsing } from '../refusals.ts'

/** The DPoP header of a call, and the method and URL it must cover. */
export interface PossessionProof {
  readonly proof: string
  readonly method: string
  readonly url: string
}

export interface ProvenKey {
  /** Thumbprint. */
  readonly jkt: string
  /** Uses the proof up; the same answer again within one call. Refuses: `proof_of_possession` where it was used before. */
  readonly spend: () => Promise<Result<true>>
}

type ProofNeeds = Uses<Pick<TokenStore, 'spendProof'>, 'now'>

/** The key that the caller of an endpoint holds; null for a call without proof. Refuses: `proof_of_possession`. */
export async function provenKey(
  deps: ProofNeeds,
  possession: PossessionProof | undefined,
): Promise<Result<ProvenKey | null>> {
  return possession ? checkProof(deps, possession) : ok(null)
}

/** Holds the caller to the key that a presented token is bound to. Refuses: `proof_of_possession`. */
export async function demandKey(
  deps: ProofNeeds,
  possession: PossessionProof | undefined,
  bound: { readonly token: string; readonly jkt: string },
): Promise<Result<true>> {
  if (!possession) return refuse('proof_of_possession', 'This token is bound to a key: send a DPoP proof by it.')
  const key = await checkProof(deps, possession, { ...bound, carriedIn: 'approval-token' })
  return key.ok ? key.value.spend() : key
}

const checkProof = (
  { store, now }: ProofNeeds,
  { proof, method, url }: PossessionProof,
  bound: Pick<Parameters<typeof verifyDpop>[1], 'token' | 'jkt' | 'carriedIn'> = {},
): Promise<Result<ProvenKey>> =>
  parsing(async () => {
    const { jkt, jti, expiresAt } = await verifyDpop(proof, { method, url, now: now(), ...bound })
    const id = base64urlEncode(await sha256(`${jkt} ${jti}`))
    let isFirst: Promise<boolean> | undefined
    const spend = async () => {
      isFirst ??= store.spendProof({ id, expiresAt })
      return (await isFirst)
        ? ok(true as const)
        : refuse('proof_of_possession', 'This proof was used before. Make a fresh one.')
    }
    return ok({ jkt, spend })
  })
