/** Thrown for every proof, note or tile that fails. The message names the check; there is no result that means no. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}
