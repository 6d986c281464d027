/** The credentials of a party in a few words. */
import { instant, now } from '../terminal/time.ts'

interface CredentialView {
  readonly id: string
  readonly prefix: string
  readonly expires_at: number
  readonly revoked_at: number | null
}

export const credentialsState = (credentials: readonly CredentialView[]): string =>
  credentials.map(stateOf).join('; ') || 'none'

function stateOf({ id, prefix, expires_at, revoked_at }: CredentialView): string {
  if (revoked_at !== null) return `${id} (${prefix}…) revoked`
  return `${id} (${prefix}…) ${expires_at > now() ? `until ${instant(expires_at)}` : 'expired'}`
}
