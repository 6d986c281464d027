/** Proofs by an agent's own key, as the client sends them and as executors want them. RFC 9449. */
import { createDpop, type DpopTarget } from '@countersign/verifier'

/** Makes a fresh proof for one request. With `token`, for the call to the executor that presents it. */
export type ProveDpop = (target: DpopTarget) => Promise<string>

/**
 * The proofs of one private key: a JWK of P-256 or Ed25519. Tokens that are collected with them are bound to that key, and
 * so is a grant. `now`: epoch seconds; default: the clock. Each proof throws `TypeError` for another key.
 */
export const dpopOf =
  (key: JsonWebKey, now: () => number = () => Date.now() / 1000): ProveDpop =>
  (target) =>
    createDpop(key, target, now())
