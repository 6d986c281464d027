/** Why a gateway does not start. Each message names the place in the configuration, the cause and the next step. */

/** A configuration that cannot be meant. */
export class WrongConfig extends Error {
  override readonly name = 'WrongConfig'
}

/** The authority does not answer, so that nothing can be said of the rest. */
export class AuthorityAway extends Error {
  override readonly name = 'AuthorityAway'
}
