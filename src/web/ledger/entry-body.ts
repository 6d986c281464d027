/** A ledger entry as the auditors' pages read it. SPEC 8. */
import type { EntryMembers, EntryType } from '../../domain/ledger/entry.ts'
import type { FoundEntry } from '../../domain/ledger/found-entry.ts'

type Named = 'request' | 'agent' | 'principal' | 'approver' | 'executor' | 'name' | 'outcome' | 'consent'

export interface EntryBody extends Pick<EntryMembers, Named> {
  readonly type: EntryType
  readonly at: number
  readonly trace: string
  readonly decision?: 'allow' | 'deny' | 'approval'
  readonly policy?: string
  readonly quorum?: number
  /** The grant under which a call was approved. */
  readonly grant?: string
  readonly origin?: 'human' | 'policy'
  readonly code?: string
  readonly kind?: string
  readonly subject?: string
  readonly use?: number
  /** Of a call that goes on: how often it has come back. */
  readonly round?: number
  readonly count?: number
  readonly erased?: number
  readonly breakglass?: string
  readonly roles?: readonly string[]
  readonly bootstrap?: boolean
  readonly reported?: boolean
  readonly enrolment?: boolean | object
  readonly authorised_by?: string
  readonly key?: string
  readonly log_vkey?: string
  readonly selector?: Readonly<Record<string, string>>
  readonly killswitches?: readonly string[]
  readonly public_key?: { readonly kid?: string }
  readonly by?: string
  readonly cause?: string
  readonly deputy?: string
  readonly on_behalf_of?: string
  readonly expires?: number
  readonly group?: string
  readonly members?: readonly string[]
  readonly directory?: string
  readonly removed?: boolean
}

export type ReadEntry = Omit<FoundEntry, 'body'> & UnprovedEntry

/** An entry that the published checkpoint does not cover yet. */
export interface UnprovedEntry {
  readonly leaf: Uint8Array
  readonly reason: string | null
  readonly body: EntryBody
}

export const readEntry = (found: FoundEntry): ReadEntry => ({ ...found, ...readUnproved(found) })

export const readUnproved = ({ leaf, reason, body }: Pick<FoundEntry, 'leaf' | 'reason' | 'body'>): UnprovedEntry => ({
  leaf,
  reason,
  body: JSON.parse(body),
})
