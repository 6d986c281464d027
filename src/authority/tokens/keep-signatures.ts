/**
 * Keeps the signatures of minted tokens for auditors: many in one statement, without delaying the answer. A process
 * that dies before it wrote loses only signatures of tokens that were not redeemed: a redemption keeps the one that it
 * was shown. The claims were committed before, and `sign-lost` signs them again. SPEC 8.
 */
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Log, SignatureKeeper } from '../deps.ts'

interface MintedSignature {
  readonly jti: string
  readonly signature: string
  readonly kid: string
}

/** The oldest are dropped beyond this, where the database is away for long. */
const MAX_HELD = 10_000

/** `afterMs` 0: written before `keep` resolves, for runtimes that stop after an answer. */
export function createSignatureKeeper(
  store: Pick<TokenStore, 'recordSignatures'>,
  log: Log,
  afterMs: number,
): SignatureKeeper {
  if (afterMs === 0) return { keep: (minted) => store.recordSignatures([minted]), flush: async () => {} }
  let held: MintedSignature[] = []
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
