/** The credentials of an agent or executor in a few words. */
import { instant, now } from '../terminal/time.ts'

interface CredentialView {
  readonly id: string
  readonly prefix: string
  readonly expires_at: number
  readonly revoked_at: number | null
}

interface HolderView {
  readonly credentials: readonly CredentialView[]
  readonly revoked_at: number | null
}

export const credentialsState = ({ credentials, revoked_at }: HolderView): string =>
  revoked_at === null ? credentials.map(stateOf).join('; ') || 'none' : 'revoked'

function stateOf({ id, prefix, expires_at, revoked_at }: CredentialView): string {
  if (revoked_at !== null) return `${id} (${prefix}…) revoked`
  return `${id} (${prefix}…) ${expires_at > now() ? `until ${instant(expires_at)}` : 'expired'}`
}
