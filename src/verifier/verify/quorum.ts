/**
 * Origin and quorum: the token names enough distinct people who consented.
 *
 * Counts names, not signatures: `verifyConsents` proves each. SPEC 6 and 7.
 */
import type { ApproverDirectory } from '../authority/approvers.ts'
import type { Actor } from '../consent/statement.ts'
import { demand } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'

/** The terms an executor accepts. */
export type ExecutorTerms = {
  /** The token may come from a policy alone, without any human. */
  readonly policyMayAllow: boolean
  /** An approver may be the principal or run the agent. */
  readonly acceptSelfApproval: boolean
}

/**
 * Checks all that needs no key: origin `policy` only under `policyMayAllow`; as many *distinct* people as the quorum asks
 * for; self-approval only where accepted. A person counts once, whatever number of passkeys.
 */
export function checkQuorum(claims: ApprovalClaims, terms: ExecutorTerms): void {
  const { origin, quorum, separation, consents } = claims.approval
  demand(origin === 'policy' ? terms.policyMayAllow : consents.length > 0, 'consent_missing')
  const people = new Set(consents.map((consent) => consent.approver))
  demand(people.size >= quorum && (separation || terms.acceptSelfApproval), 'quorum_unmet')
}

/** Refuses a token with consents whose `separation` contradicts the directory. Throws `consent_invalid`. */
export function checkSeparation(claims: ApprovalClaims, directory: ApproverDirectory): void {
  const { consents, separation } = claims.approval
  const own = consents.some(({ approver }) =>
    isOwnApproval(claims, { approver, agents: directory.approvers.get(approver)?.agents ?? [] }),
  )
  demand(own !== separation, 'consent_invalid')
}

/**
 * Tells whether this approver would approve for themselves: they are the principal, or run the actor or any agent in the
 * chain of `act`. The authority asks the same question when it writes `separation`. SPEC 6.
 */
export function isOwnApproval(
  request: { readonly sub: string; readonly act: Actor; readonly client_id: string },
  person: { readonly approver: string; readonly agents: readonly string[] },
): boolean {
  if (request.sub === person.approver || person.agents.includes(request.client_id)) return true
  for (let actor: Actor | undefined = request.act; actor !== undefined; actor = actor.act) {
    if (person.agents.includes(actor.sub)) return true
  }
  return false
}
