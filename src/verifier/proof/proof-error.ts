/** The one error of the proofs. Its message names the check that failed; no result means no. */

/** Thrown for every proof, note or tile that does not hold. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}
