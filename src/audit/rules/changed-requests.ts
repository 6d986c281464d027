/**
 * Rules about requests that approvers changed: each follows from the request it replaced, for the same parties and
 * with another action, and the approver who changed it consented first. SPEC 5.2.
 */
import type { RequestFact } from '../facts/ledger-facts.ts'
import { numberOf, textOf } from '../log/read-entry.ts'
import { type Case, requestOf } from './rule.ts'

const MAX_ROUNDS = 3

/** `request.changed`: the end of a request that waited for people. */
export function noteChange(one: Case): void {
  const former = requestOf(one)
  const { members, facts, report } = one
  const id = textOf(members, 'request') ?? ''
  const to = textOf(members, 'to') ?? ''
  const round = numberOf(members, 'round') ?? 0
  const before = facts.changed.get(id)?.round ?? 0
  if (former?.decision !== 'approval') report('change_mismatch', id, 'it waited for nobody')
  if (round !== before + 1 || round > MAX_ROUNDS) report('change_mismatch', id, `round ${round} after ${before}`)
  facts.changed.set(to, { former: id, round, by: facts.shared(textOf(members, 'approver') ?? '') })
}

const PARTIES = ['agent', 'executor', 'principal', 'name'] as const

/** `request.created` of the changed call, or of any other. */
export function checkChanged({ members, facts, report }: Case, id: string, request: RequestFact): void {
  const named = textOf(members, 'changes')
  const change = facts.changed.get(id)
  if (named === undefined && change === undefined) return
  const former = facts.requests.get(change?.former ?? '')
  const follows =
    former !== undefined &&
    named === change?.former &&
    numberOf(members, 'round') === change?.round &&
    PARTIES.every((party) => former[party] === request[party]) &&
    former.action !== request.action
  if (!follows) report('change_mismatch', id, named)
}

/** A consent to a changed call: the first is by the approver who changed it. */
export function checkChanger({ facts, report }: Case, id: string, request: RequestFact, approver: string): void {
  const by = facts.changed.get(id)?.by
  if (by !== undefined && request.consents === undefined && by !== approver)
    report('change_mismatch', id, `${by} changed it, ${approver} consented first`)
}
