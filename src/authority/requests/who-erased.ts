/** By which order the texts of a request were erased: the approved request, its people and when; or the retention. SPEC 8. */
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

export interface Erasure {
  /** The request by which it was ordered; null for the configured retention. */
  readonly order: string | null
  /** The people who consented to the order. */
  readonly by: readonly string[]
  readonly at: number
}

export type ErasureNeeds = Uses<Pick<EntryStore, 'entriesOfTrace'> & Pick<RequestStore, 'consents'>>

/** The latest one; null where nothing was erased. */
export async function whoErased({ store }: ErasureNeeds, trace: string): Promise<Erasure | null> {
  const entries = await store.entriesOfTrace(trace)
  const bodies = entries.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'payload.erased')
  const last = bodies.at(-1)
  if (last === undefined) return null
  const order: string | null = last.authorised_by ?? null
  const consents = order === null ? [] : await store.consents(order)
  return { order, by: consents.map(({ approver }) => approver), at: last.at }
}
