/**
 * Signs, for auditors, tokens whose signature a dead process did not keep: minted, never redeemed, and ended since.
 *
 * In: what the store holds after a start. Out: signatures over the committed claims, by the key of their time. A token
 * that lives is left alone: it is signed only for its cause, when it is collected. SPEC 8.
 */
import { receiptFor } from '../../domain/ledger/receipt.ts'
import { signEnded } from '../../domain/token/mint.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { TokenStore, UnsignedToken } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import { entryOfCommitted } from './issue.ts'

/** More than a process holds back. */
const NEWEST = 20_000
/** By then the log has sequenced what was committed before the start. */
const LOOK_AFTER_SECONDS = 10
const AT_ONCE = 50

type Needs = Uses<TokenStore & RequestStore & Pick<EntryStore, 'entriesOfTrace'>, 'config' | 'keys' | 'now' | 'log'>

/** To be called again and again: looks once, and signs each token after its end. */
export function createLostSigner(deps: Needs): () => Promise<void> {
  const lookAt = deps.now() + LOOK_AFTER_SECONDS
  let left: readonly UnsignedToken[] | undefined

  return async () => {
    const now = deps.now()
    if (now < lookAt) return
    left ??= await deps.store.unsignedTokens(NEWEST)
    const due = left.filter(({ expiresAt }) => expiresAt <= now).slice(0, AT_ONCE)
    for (const token of due) await signLost(deps, token, now)
    left = left.filter((token) => !due.includes(token))
  }
}

async function signLost(deps: Needs, { jti, request: id }: UnsignedToken, now: number): Promise<void> {
  const { store, keys, log } = deps
  const [request, claims] = [await store.request(id), await store.issuedClaims(id)]
  if (!request || !claims) return
  const grant = request.grant === null ? null : ((await store.request(request.grant)) ?? null)
  const entry = await entryOfCommitted(deps, claims, request, grant)
  if (!entry) return
  const key = await keys.current(claims.iat)
  const token = await signEnded(receiptFor(entry, entry.leaf), claims, key, now)
  await store.recordSignatures([{ jti, signature: token.slice(token.lastIndexOf('.') + 1), kid: key.kid }])
  log.info('token.signed_again', { jti })
}
