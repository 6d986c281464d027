/**
 * Keeps the signatures of minted tokens for auditors, many in one statement, off the way of who waits for a token.
 *
 * In: signatures. Out: rows, a moment later. A process that dies in that moment loses a signature nobody redeemed, never
 * a token: claims were committed before, and a redemption keeps the signature it was shown. SPEC 8.
 */

import type { Store } from '../../store/contract/store.ts'
import type { Log, SignatureKeeper } from '../deps.ts'

interface Minted {
  readonly jti: string
  readonly signature: string
  readonly kid: string
}

/** After so many the oldest are let go, should the database be away for long. */
const MAX_HELD = 10_000

/** `afterMs` 0: at once, before `keep` resolves, where nothing may go on after an answer. */
export function createSignatureKeeper(
  store: Pick<Store, 'recordSignatures'>,
  log: Log,
  afterMs: number,
): SignatureKeeper {
  if (afterMs === 0) return { keep: (minted) => store.recordSignatures([minted]), flush: async () => {} }
  let held: Minted[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const minted = held
    held = []
    if (minted.length === 0) return
    await store.recordSignatures(minted).catch((error) => {
      log.warn('signatures.held', { count: minted.length, reason: String(error) })
      held = [...minted, ...held].slice(-MAX_HELD)
      timer ??= setTimeout(flush, afterMs)
    })
  }

  return {
    async keep(minted) {
      held.push(minted)
      timer ??= setTimeout(flush, afterMs)
    },
    flush,
  }
}
