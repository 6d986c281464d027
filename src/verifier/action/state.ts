/**
 * The state: what the executor found when it asked, such as an ETag, a version or a digest of a file.
 *
 * Leaves the executor only as a salted digest. An approval that carries one holds while the state is the same. SPEC 4.5.
 */
import { encodeUtf8 } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestOf } from '../data/digest.ts'
import { misfit } from '../data/shape.ts'

/** The context that a state digest binds beside the state itself. */
export type StateContext = {
  /** The executor's URI. */
  readonly audience: string
  /** The resource of the action. */
  readonly resource: string
  /** The salt of the action. */
  readonly salt: string
}

const MAX_STATE_BYTES = 1024

/** Reads a state: text of 1 to 1024 bytes in UTF-8, without lone surrogates. Throws `invalid_request`. */
export function parseState(state: unknown): string {
  if (typeof state !== 'string' || state === '' || encodeUtf8(state).length > MAX_STATE_BYTES) throw misfit('state')
  canonicalize(state)
  return state
}

/**
 * SHA-256 over the JCS of `{ typ: "countersign/state/v1", aud, resource, state, salt }`. Throws `invalid_request` for a
 * state that `parseState` refuses. SPEC 4.5.
 */
export async function stateDigest(state: string, { audience, resource, salt }: StateContext): Promise<Digest> {
  return digestOf({ typ: 'countersign/state/v1', aud: audience, resource, state: parseState(state), salt })
}
