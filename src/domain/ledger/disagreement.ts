/**
 * The error for a database that does not hold the log it claims to hold.
 *
 * Thrown wherever a tile or leaf is missing or differs from the tree. Nothing repairs that automatically: a published
 * checkpoint cannot be taken back, so the log stops until an operator has found the cause. SPEC 8.
 */
export class LogDisagreement extends Error {
  override readonly name = 'LogDisagreement'
}
