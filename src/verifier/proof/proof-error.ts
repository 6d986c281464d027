/** The one error of the proofs. A message names the check that failed; there is no result that means no. */

/** Thrown for every proof, note or tile that does not hold. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}
