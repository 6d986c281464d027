/**
 * The question put to a policy and the answer it gives. Any engine (built in, Cedar, an outside decision point) is a
 * `Policy`; an engine that throws, times out or answers nonsense means deny. SPEC 11.
 */
import type { Digest, JsonObject, Preview } from '@countersign/verifier'
import type { AgentSession } from '../identity/agent-session.ts'
import type { Agent, Executor } from '../identity/parties.ts'
import type { Fact } from './history/fact.ts'

/** People who are asked: `count` distinct members of any of `groups`. A role's name is a group, too. */
export interface Requirement {
  readonly groups: readonly string[]
  readonly count: number
}

/** The terms of a consent, and of its token. */
export interface Terms {
  /** One human counts once, for one requirement. */
  readonly approvers: readonly Requirement[]
  /** Whether the requirements are met one after another, in their order. */
  readonly ordered: boolean
  /** Distinct humans in all: the sum of the counts, at most 8; 0 where nobody is asked. */
  readonly quorum: number
  readonly ttlSeconds: number
  readonly uses: number
  /** The client id that may present the token, or null for the agent itself. */
  readonly actor: string | null
  /** Whether the principal, or the person who runs the agent, may consent; the token then says `separation: false`. */
  readonly selfApproval: boolean
  /** Whether the approval has to be bound to the state that the executor's own challenge names. */
  readonly stateRequired: boolean
  /** Whether approvers type the name of what is acted upon, whatever the action. */
  readonly typedTarget: boolean
  /** Whether only passkeys count that are bound to one device (backup-eligible flag unset). */
  readonly deviceBound?: boolean
  /** Most calls of a grant, 0 for none. Where an engine states nothing, `decide` does. */
  readonly grantUses?: number
}

/** All groups that are asked, each once. */
export const groupsAsked = ({ approvers }: Pick<Terms, 'approvers'>): readonly string[] => [
  ...new Set(approvers.flatMap(({ groups }) => groups)),
]

export interface PolicyQuery {
  readonly agent: Agent
  /** The proven links of the chain of agents behind the agent, the nearest first. */
  readonly actors: readonly string[]
  readonly principal: string
  readonly executor: Executor
  readonly name: string
  readonly resource: string
  /** Null where the payload has been erased, or where the engine does not read arguments. */
  readonly arguments: JsonObject | null
  readonly preview: Preview | null
  /** Digest of the state that the approval is bound to. */
  readonly state: Digest | null
  /** Humans who can approve: members of the group of approvers. */
  readonly people: number
  /** The session that the agent is in: null outside of one. */
  readonly session: AgentSession | null
  readonly now: number
  /** Facts of the ledger that the policy declares, by name. */
  readonly history: Readonly<Record<string, number | boolean>>
}

interface Decided {
  /** Digest of the rules that were in force. */
  readonly policy: Digest
  /** Ids of the rules that decided. */
  readonly policies: readonly string[]
  /** Why, in a sentence for people. */
  readonly reason: string
}

export type PolicyDecision = Decided &
  (
    | { readonly effect: 'deny' }
    | { readonly effect: 'allow'; readonly terms: Terms }
    | { readonly effect: 'approval'; readonly terms: Terms }
  )

export type PermittedDecision = Exclude<PolicyDecision, { readonly effect: 'deny' }>

/** What the rules for an action read beside the call's head: the hot path loads nothing else. */
export interface PolicyReads {
  /** `arguments`, `preview` or `actors`: what the request alone knows. */
  readonly call: boolean
  readonly people: boolean
  readonly session: boolean
  /** The moment, or what may change with it: the same question may have another answer later. */
  readonly time: boolean
  /** Names of the facts. */
  readonly history: readonly string[]
}

/** One version of the policy; the newest is in force. */
export interface PolicyVersion {
  readonly version: number
  readonly digest: Digest
  readonly text: string
  /** The admin who proposed it, or the operator's agent. Null for the default policy of a new authority. */
  readonly author: string | null
  /** The request that authorised it. */
  readonly request: string | null
  readonly createdAt: number
}

/** A version as its history names it: with what its request said, null where it gave no reason or that was erased. */
export interface ListedPolicy extends Omit<PolicyVersion, 'text'> {
  readonly reason: string | null
  /** The people whose consents count. */
  readonly approvers: readonly string[]
}

export interface Policy {
  /** Of the version in force, which every statement that acts on a decision compares. */
  readonly version: number
  /** Identifies the rules in force; part of the consent statement and of the token. */
  readonly digest: Digest
  readonly title: string
  /** The authority's own audience: a change to it needs an admin, whatever the rules say. */
  readonly authority: string
  /** What it declares about earlier calls. */
  readonly facts: readonly Fact[]
  readonly reads: (name: string) => PolicyReads
  readonly decide: (query: PolicyQuery) => Promise<PolicyDecision> | PolicyDecision
}
