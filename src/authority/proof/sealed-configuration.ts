/**
 * The seal of the configuration entries, made with each checkpoint: the log's key signs the number of leaves and the
 * hash of all configuration entries among them, in order. A process that starts refuses when they differ, so that
 * deleting an entry restores no right. The note has the form of a checkpoint, under a name of its own. SPEC 10.4.
 */
import { sha256 } from '@countersign/verifier'
import { leafHash, type NoteKey, openCheckpoint, ProofError, sameHash } from '@countersign/verifier/proof'
import { type LogKey, noteKeysOf, signCheckpoint } from '../../domain/ledger/log-key.ts'
import { LogDisagreement } from '../../domain/ledger/tile-tree.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

const NOTHING = new Uint8Array(32)
const encoder = new TextEncoder()

/** The name under which the log's key seals: it can be taken for no checkpoint. */
export const sealName = (logOrigin: string): string => `${logOrigin}/configuration`

async function chainOf(before: Uint8Array, bodies: readonly string[]): Promise<Uint8Array> {
  let chain = before
  for (const body of bodies) {
    const leaf = await leafHash(encoder.encode(body))
    chain = await sha256(Uint8Array.from([...chain, ...leaf]))
  }
  return chain
}

type SealStore = Pick<LogStore, 'checkpoint' | 'configurationLeaves' | 'replaceCheckpoint'>

/** Seals what the tree of this size holds. Throws where the seal before is not the log's own. */
export async function sealConfiguration(store: SealStore, key: LogKey, size: number, now: number): Promise<void> {
  const before = await store.checkpoint('configuration')
  const sealed = before && (await openCheckpoint(before.note, noteKeysOf(key)))
  const from = sealed?.size ?? 0
  if (size <= from) return
  const chain = await chainOf(sealed?.root ?? NOTHING, await store.configurationLeaves({ from, to: size }))
  const next = await signCheckpoint(size, chain, key, now)
  await store.replaceCheckpoint({ kind: 'configuration', before: from, next })
}

/** Throws `LogDisagreement`. */
export async function checkSealed(store: SealStore, keys: readonly NoteKey[]): Promise<void> {
  const [seal, published] = [await store.checkpoint('configuration'), await store.checkpoint('published')]
  if (!published) return
  const sealed = seal && (await openSeal(seal.note, keys))
  if (!sealed || sealed.size < published.size) {
    throw new LogDisagreement('The seal of the configuration is missing or older than the checkpoint of the log.')
  }
  await compareSealed(sealed, await store.configurationLeaves({ from: 0, to: sealed.size }))
}

/** `bodies`: those that it covers. Throws `LogDisagreement`. */
export async function compareSealed({ root }: { readonly root: Uint8Array }, bodies: readonly string[]): Promise<void> {
  if (sameHash(await chainOf(NOTHING, bodies), root)) return
  throw new LogDisagreement(
    'The entries about configuration are not those that were sealed: some were taken out or added.',
  )
}

/** Throws `LogDisagreement`. */
export async function openSeal(note: string, keys: readonly NoteKey[]) {
  try {
    return await openCheckpoint(note, keys)
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw new LogDisagreement(`The seal of the configuration was not made by this log's key (${error.message}).`)
  }
}
