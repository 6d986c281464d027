/**
 * The question put to a policy and the answer it gives. Any engine (built in, Cedar, an outside decision point) is a
 * `Policy`; an engine that throws, times out or answers nonsense means deny. SPEC 11.
 */
import type { Digest, JsonObject, Preview } from '@countersign/verifier'
import type { Agent, Executor, Role } from '../identity/parties.ts'

/** The terms of a consent, and of its token. */
export interface Terms {
  /** The group of approvers that is asked. */
  readonly approvers: Role
  /** Distinct humans, 1 to 8. */
  readonly quorum: number
  readonly ttlSeconds: number
  readonly uses: number
  /** The client id that may present the token, or null for the agent itself. */
  readonly actor: string | null
  /** Whether the principal, or the person who runs the agent, may consent; the token then says `separation: false`. */
  readonly selfApproval: boolean
}

export interface PolicyQuery {
  readonly agent: Agent
  readonly principal: string
  readonly executor: Executor
  readonly name: string
  readonly resource: string
  /** Null where the payload has been erased, or where the engine does not read arguments. */
  readonly arguments: JsonObject | null
  readonly preview: Preview | null
  /** Digest of the state that the approval is bound to. */
  readonly state: Digest | null
  readonly now: number
}

export type PolicyDecision =
  | { readonly effect: 'deny'; readonly policy: Digest; readonly reason: string }
  | { readonly effect: 'allow'; readonly policy: Digest; readonly terms: Terms }
  | { readonly effect: 'approval'; readonly policy: Digest; readonly terms: Terms }

export interface Policy {
  /** Identifies the rules in force; part of the consent statement and of the token. */
  readonly digest: Digest
  readonly title: string
  /** Whether the policy reads `arguments` and `preview`, which the hot path loads only then. */
  readonly readsArguments: boolean
  readonly decide: (query: PolicyQuery) => Promise<PolicyDecision> | PolicyDecision
}
