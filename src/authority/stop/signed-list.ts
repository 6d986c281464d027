/**
 * A status list as it is now, signed. SPEC 9.
 */
import { statusListClaims } from '../../domain/stop/status-list-claims.ts'
import { sign } from '../../domain/token/sign-jws.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Deps } from '../deps.ts'

/** `at` lies before the reading: the list is that old at most. */
export async function signedList(
  { config, store, keys }: Pick<Deps, 'config' | 'keys'> & { readonly store: TokenStore },
  list: number,
  at: number,
): Promise<string> {
  const claims = await statusListClaims(config.origin, list, await store.revokedPositions(list), at)
  return sign('statuslist+jwt', claims, await keys.current(at))
}
