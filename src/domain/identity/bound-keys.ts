/** Passkeys that stay on one device: their backup-eligible flag (BE) is unset. SPEC 5.1, 10.1. */
import type { Passkey, Role } from './parties.ts'

/** Whether one of the roles asks for a passkey that stays on its device, and this one does not. */
export const isTooSyncedFor = (
  deviceBoundRoles: readonly Role[],
  roles: readonly string[],
  { key }: Pick<Passkey, 'key'>,
): boolean => key.be && deviceBoundRoles.some((role) => roles.includes(role))
