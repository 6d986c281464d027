/**
 * The question put to a policy and the answer it gives.
 *
 * Types only. Any engine (built in, Cedar, an outside decision point) is a `Policy`; an engine that throws,
 * times out or answers nonsense means deny. SPEC 11.
 */
import type { Digest, JsonObject, Preview } from '@countersign/verifier'
import type { Agent, Executor, Role } from '../identity/parties.ts'

/** Which approvers are asked. */
export type ApproverGroup = Role

/** What consent has to look like. */
export interface Terms {
  readonly approvers: ApproverGroup
  /** Distinct humans, 1 to 8. */
  readonly quorum: number
  /** Life of the token. */
  readonly ttlSeconds: number
  readonly uses: number
  /** The client id that may present the token, or null for the agent itself. */
  readonly actor: string | null
  /** Whether the principal, or whoever runs the agent, may consent; the token then says `separation: false`. */
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
  readonly now: number
}

export type PolicyDecision =
  | { readonly effect: 'deny'; readonly policy: Digest; readonly reason: string }
  | { readonly effect: 'allow'; readonly policy: Digest; readonly terms: Terms }
  | { readonly effect: 'approval'; readonly policy: Digest; readonly terms: Terms }

export interface Policy {
  /** Names exactly the rules in force; it stands in the consent statement and in the token. */
  readonly digest: Digest
  /** A name for people. */
  readonly title: string
  /** Whether `arguments` and `preview` matter, so that the hot path need not load them when they do not. */
  readonly readsArguments: boolean
  readonly decide: (query: PolicyQuery) => Promise<PolicyDecision> | PolicyDecision
}
