/** The input of a rule: one entry, the facts before it, and the function that reports a missing cause. */
import type { JsonObject } from '@countersign/verifier'
import type { Digester } from '../crypto.ts'
import type { Facts, PartyFact, RequestFact } from '../facts/ledger-facts.ts'
import type { FindingCode } from '../finding.ts'
import { type LedgerEntry, textOf } from '../log/read-entry.ts'

export interface Case {
  readonly entry: LedgerEntry
  readonly members: JsonObject
  readonly index: number
  readonly facts: Facts
  readonly digest: Digester
  /** `sha-256:` digest of the leaf; computed only when asked for. */
  readonly leaf: () => string
  /** The authority's own address, as executor: it was never added. */
  readonly isAuthority: (executor: string) => boolean
  readonly report: (code: FindingCode, subject: string, detail?: string) => void
}

/** Reports a fact that lacks its cause, and adds it. */
export type Rule = (one: Case) => void

/** The request that an entry names; reports a missing one. */
export function requestOf({ members, facts, report }: Case): RequestFact | undefined {
  const id = textOf(members, 'request') ?? ''
  const request = facts.requests.get(id)
  if (request === undefined) report('request_unknown', id)
  return request
}

/** Agent and executor of a request: both were added, neither was removed since. */
export function checkParties(
  { facts, report, isAuthority }: Case,
  { agent, executor, index }: Pick<RequestFact, 'agent' | 'executor' | 'index'>,
): void {
  const known = facts.agents.get(agent)
  if (known === undefined && !agent.startsWith('countersign-')) report('agent_unknown', agent)
  if (isRemoved(known, index)) report('agent_removed', agent)
  const listed = facts.executors.get(executor)
  if (listed === undefined && !isAuthority(executor)) report('executor_unknown', executor)
  if (isRemoved(listed, index)) report('executor_removed', executor)
}

/** Also where it was added anew: a request of before, by its index, stays ended. */
export const isRemoved = (party: PartyFact | undefined, index: number): boolean =>
  party !== undefined && (party.removed || index < party.index)
