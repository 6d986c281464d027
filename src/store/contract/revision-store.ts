/** The store's verbs on revisions: what an approver would change about a request, and the change once it is signed. SPEC 5.2. */
import type { ActionSpec } from '@countersign/verifier'
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { ConsentGesture, GivenConsent, OpenRequest } from './request-store.ts'

/** The request that is to take the place of another. */
export interface Revised {
  readonly id: string
  readonly action: ActionSpec
  readonly preview: Proposal['preview']
  readonly stateDigest: Proposal['stateDigest']
}

/** `seal`: by the log's key, over the rest, whose request it changes, and who changed it. */
export interface SealedRevision extends Revised {
  readonly seal: string
}

interface RevisionKey {
  readonly former: string
  readonly approver: string
}

export interface SignedRevision {
  readonly former: string
  /** Of the end of the former request. */
  readonly entry: PreparedEntry
  readonly open: OpenRequest
  readonly gesture: ConsentGesture
  readonly given: GivenConsent
}

/** `too_late`: the former request no longer waits. `useless`: the consent takes no place of the changed request. */
export type RevisionVerdict =
  | { readonly verdict: 'changed'; readonly approved: boolean }
  | {
      readonly verdict:
        | 'too_late'
        | 'killed'
        | 'useless'
        | 'stale_policy'
        | 'outdated_history'
        | 'agent_limit'
        | 'group_limit'
    }

export interface RevisionStore {
  /** Each person has one revision of a request: a later one takes its place. */
  keepRevision(revision: RevisionKey & { readonly revised: SealedRevision; readonly expiresAt: number }): Promise<void>
  revision(of: RevisionKey & { readonly now: number }): Promise<SealedRevision | undefined>
  /** Ends the former request, opens the other and records its first consent: all of it, or nothing. */
  changeRequest(signed: SignedRevision): Promise<RevisionVerdict>
}
