/**
 * The consents of a token: enough distinct people are named, and each of their passkeys signed.
 *
 * Does not see whether a nonce was used before: the redemption does. SPEC 5, 6 and 7.
 */
import type { ApproverDirectory } from '../authority/approvers.ts'
import type { CachedDocument } from '../authority/document.ts'
import type { ApproverKey } from '../consent/passkey.ts'
import type { Actor, Consent } from '../consent/statement.ts'
import { verifyConsent } from '../consent/verify-consent.ts'
import { demand } from '../errors/refuse.ts'
import { type ApprovalClaims, statementOf } from '../jwt/claims.ts'

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

/**
 * Verifies all consents, counted or not: one that does not hold spoils the token. Throws `consent_invalid`, and what
 * fetching the directory throws.
 */
export async function verifyConsents(claims: ApprovalClaims, source: CachedDocument<ApproverDirectory>): Promise<void> {
  const { consents } = claims.approval
  let directory = await source.get()
  // A new approver may have enrolled since the directory was read.
  if (!consents.every((consent) => findKey(directory, consent))) directory = await source.renew()
  checkSeparation(claims, directory)
  await Promise.all(consents.map((consent) => verifyOne(claims, consent, directory)))
}

async function verifyOne(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<void> {
  const key = findKey(directory, consent)
  demand(key !== undefined, 'consent_invalid')
  await verifyConsent(statementOf(claims, consent), consent, key, directory)
}

function findKey(directory: ApproverDirectory, consent: Consent): ApproverKey | undefined {
  return directory.approvers.get(consent.approver)?.keys.find((key) => key.kid === consent.key)
}
