/**
 * The approval request: an action on its way from decision to token. Instants are epoch seconds. State machine: pending
 * → approved | denied | expired | withdrawn | stopped | changed. An approved request yields one token. SPEC 2.
 */
import { type ActionSpec, base64urlDecode, base64urlEncode, type Digest, type Preview } from '@countersign/verifier'
import { hex } from '../hex.ts'
import type { CatalogueEntry } from '../identity/parties.ts'
import type { Terms } from '../policy/policy.ts'
import type { Series } from './series.ts'

/**
 * `withdrawn` by its own agent; `stopped` by a revocation: of the request itself, of its agent or of its executor;
 * `changed` by an approver: another request with other arguments took its place.
 */
export type RequestState = 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'stopped' | 'changed'

/** Texts that are named in the ledger and gone, by digest, and the entries that say that they were erased. */
export interface Loss {
  readonly digests: readonly string[]
  readonly erasures: readonly string[]
}

/** What the log's key sealed when a request was opened: the digests of its record and of its texts. */
export interface RequestSeal {
  readonly record: string
  readonly payloads: readonly string[]
  readonly seal: string
}

/** A person's no. `reason`: their words, which are data and no instruction; null without any, and once erased. */
export interface Denial {
  /** The approver's pseudonymous id. */
  readonly by: string
  readonly reason: string | null
}

/** A chain of actors as in RFC 8693: the outermost is the agent that asks. */
export type ActorChain = {
  readonly sub: string
  readonly act?: ActorChain
}

/** The agents of a chain, the outermost first. */
export const subjectsOf = ({ sub, act }: ActorChain): readonly string[] => [sub, ...(act ? subjectsOf(act) : [])]

export interface ApprovalRequest {
  /** 22 base64url characters; its 128 bits in hex are the trace id. */
  readonly id: string
  readonly trace: string
  readonly txn: string
  /** The door it came through: an executor's signed challenge, the agent's own proposal, or a person's to undo. */
  readonly door: 'executor' | 'agent' | 'person'
  readonly state: RequestState
  readonly origin: 'human' | 'policy'
  readonly agent: string
  /** The request that this one undoes, and the person who proposed that. */
  readonly undoes: string | null
  readonly proposedBy: string | null
  /** The request in whose place this one came with other arguments, and the approver who changed them. */
  readonly changes: string | null
  readonly changedBy: string | null
  /** How often the arguments were changed since the agent asked. */
  readonly round: number
  /** The request that took the place of this one. */
  readonly changedTo: string | null
  /** The client id that may collect and present the token. */
  readonly actor: string
  readonly act: ActorChain
  /** The proven links of the chain behind the agent, the nearest first; empty where `act` is a claim. */
  readonly actors: readonly string[]
  readonly principal: string
  readonly audience: string
  readonly executorTitle: string
  readonly name: string
  readonly digest: Digest
  /** The entry of the executor's catalogue when the request was opened, without its schema and its preview endpoint. */
  readonly catalogueEntry: CatalogueEntry
  /** Null once erased, and where it was altered. */
  readonly action: ActionSpec | null
  /** Whether it or one of its texts, as stored, is not what the ledger recorded, or a text is gone unproven. Nobody consents to it then. */
  readonly altered: boolean
  /** Texts that are gone and make it `altered` until their erasure is proven. */
  readonly loss?: Loss
  /** As stored; what it does not cover is altered. */
  readonly seal?: RequestSeal
  /** What may differ between calls, where people are asked for a series of them: a grant. */
  readonly series: Series | null
  /** Id of the grant under which this call was approved. */
  readonly grant: string | null
  /** Thumbprint of the key that its agent proved when it asked. */
  readonly jkt: string | null
  readonly preview: {
    readonly by: 'executor' | 'agent'
    readonly digest: Digest
    readonly content: Preview | null
  } | null
  /** Digest of the state that the approval is bound to, as the executor's challenge gave it. */
  readonly stateDigest: Digest | null
  /** The agent's (or the challenge's) words, null when none were given or they were erased. */
  readonly reason: string | null
  readonly policy: Digest
  readonly policyVersion: number
  /** Ids of the policies that decided. */
  readonly policies: readonly string[]
  /** Why, in a sentence for people. */
  readonly why: string
  readonly terms: Terms
  /** Set by the first consent; every further one must agree. */
  readonly separation: boolean | null
  readonly consents: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly decidedAt: number | null
  /** Set once it was denied. */
  readonly denial: Denial | null
  /** Set once the token was issued. */
  readonly jti: string | null
}

/** The trace id of a request: the same 128 bits, in hex. Lets anyone who holds a token find its trace. */
export const traceOf = (requestId: string): string => hex(base64urlDecode(requestId))

/** `trace`: 32 hex digits. */
export const requestOfTrace = (trace: string): string =>
  base64urlEncode(Uint8Array.from(trace.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))

/** A trace id for facts that belong to no request. */
export const newTrace = (randomBytes: (count: number) => Uint8Array): string => hex(randomBytes(16))

/** The state as of `now`: a request past its deadline is expired, also before the sweep writes that down. */
export const stateAt = (request: Pick<ApprovalRequest, 'state' | 'expiresAt'>, now: number): RequestState =>
  request.state === 'pending' && now >= request.expiresAt ? 'expired' : request.state

/** Whether no change of people or groups reaches it any more: it has its token, or ended without. */
export const isSettled = (request: ApprovalRequest, now: number): boolean =>
  request.jti !== null || !['pending', 'approved'].includes(stateAt(request, now))
