/**
 * A status list as it is now, signed: for whoever asks for it, and for the executors' stream.
 */
import { statusListClaims } from '../../domain/stop/status-list-claims.ts'
import { sign } from '../../domain/token/sign-jws.ts'
import type { Deps } from '../deps.ts'

/** `at` stands before what is read: the list is that old at most. */
export async function signedList(
  { config, store, keys }: Pick<Deps, 'config' | 'store' | 'keys'>,
  list: number,
  at: number,
): Promise<string> {
  const claims = await statusListClaims(config.origin, list, await store.revokedPositions(list), at)
  return sign('statuslist+jwt', claims, await keys.current(at))
}
