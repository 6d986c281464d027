/**
 * A question to a draft of the policy, and its answer, as plain data: a draft is tried apart from the policy in force,
 * in a thread of its own. SPEC 11.4.
 */
import type { Digest } from '@countersign/verifier'
import type { Bounds } from '@countersign/verifier/authority'
import type { Agent, Executor } from '../../identity/parties.ts'
import type { ReachedAction } from '../cedar/reach.ts'
import type { Problem } from '../cedar/split-policies.ts'
import type { KnownNames } from '../cedar/unknown-names.ts'
import type { Findings } from '../cedar/validate-policies.ts'
import type { PolicyQuery } from '../policy.ts'
import type { PolicyOutline } from './policy-outline.ts'

export interface DraftRules {
  readonly digest: Digest
  /** The authority's own audience. */
  readonly authority: string
  readonly ttlSeconds: number
  readonly selfApproval: boolean
}

/** A call; its parties are places in the lists of the job. */
export type DraftCase = Omit<PolicyQuery, 'agent' | 'executor' | 'history'> & {
  readonly agent: number
  readonly executor: number
  /** For a grant: `arguments` are those that all its calls share. */
  readonly bounds?: Bounds | null
  /** The facts of earlier calls that are known, by the draft's names. Absent: all are, and nothing has happened. */
  readonly history?: PolicyQuery['history']
}

/** The texts of a call as the store has them: JSON whose member `content` counts. */
export interface CallTexts {
  readonly action: string
  /** Of a grant: `action` holds what all its calls share. */
  readonly bounds: string | null
  readonly preview: string | null
}

export type UnparsedCase = Omit<DraftCase, 'resource' | 'arguments' | 'bounds' | 'preview'> & {
  readonly texts: CallTexts
}

export interface DraftJob {
  readonly text: string
  readonly rules: DraftRules
  readonly agents: readonly Agent[]
  readonly executors: readonly Executor[]
  readonly cases: readonly (DraftCase | UnparsedCase)[]
  /** What it is validated against. */
  readonly validate?: KnownNames
  /** The first agent of the job is surveyed, at all its executors; `people`: humans who can approve. */
  readonly survey?: { readonly people: number }
}

export interface DraftDecision {
  readonly effect: 'allow' | 'approval' | 'deny'
  readonly policies: readonly string[]
  readonly reason: string
  readonly quorum: number
  readonly groups: readonly string[]
}

export type DraftAnswer =
  | {
      readonly kind: 'answered'
      readonly policies: readonly PolicyOutline[]
      /** Null for a call about which the draft reads a fact that is not known. */
      readonly decisions: readonly (DraftDecision | null)[]
      /** By executor of the job, where it is surveyed. */
      readonly reach: readonly (readonly ReachedAction[])[]
      /** Empty where it was not validated. */
      readonly findings: Findings
    }
  | { readonly kind: 'faulty'; readonly problems: readonly Problem[] }
  /** The draft broke the engine, or took too long. */
  | { readonly kind: 'failed'; readonly words: string }
  /** Too many drafts are being tried. */
  | { readonly kind: 'busy'; readonly words: string }

export interface Drafts {
  readonly answer: (job: DraftJob) => Promise<DraftAnswer>
}
