/**
 * The database does not hold the log that it says it does.
 *
 * Thrown by whatever reads tiles and leaves and finds one missing or another. Nothing repairs that by itself: what was
 * promised cannot be taken back, so the log stands still until somebody finds out what happened.
 */
export class LogDisagreement extends Error {
  override readonly name = 'LogDisagreement'
}
