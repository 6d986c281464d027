/** Compares the token texts with the ledger: neither may contain a fact that the other lacks. SPEC 6, 8. */
import type { Facts, RequestFact, TokenFact } from '../facts/ledger-facts.ts'
import type { FindingCode, Findings } from '../finding.ts'
import type { TokenSaid, TokenVerdict } from './check-token.ts'

/** Longest life of a token, and then some for clocks: from then on its text has to be served. */
export const SERVED_AFTER_SECONDS = 660
/** Skew that a redemption is allowed, as verifiers allow it. */
const SKEW_SECONDS = 5

/** The token of a text in the ledger; undefined, and reported, when the ledger knows no such token. */
export function tokenOf(facts: Facts, jti: string, findings: Findings): TokenFact | undefined {
  const token = facts.tokens.get(jti)
  if (token === undefined) findings.report({ code: 'token_unlogged', index: null, at: null, subject: jti, detail: '' })
  return token
}

/** A text whose check was asked for: `jti` names its token in the ledger. */
export interface Served {
  readonly jti: string
  readonly token: TokenFact
}

/** Takes in one verdict. */
export function reconcile(
  facts: Facts,
  { jti, token }: Served,
  { faults, said }: TokenVerdict,
  findings: Findings,
): void {
  token.served = true
  const report = (code: FindingCode, detail: string) =>
    findings.report({ code, index: token.index, at: token.issuedAt, subject: jti, detail })
  for (const [code, detail] of faults) report(code, detail)
  if (said === null) return
  const request = facts.requests.get(token.request)
  compareWithEntry(facts, { jti, token }, request, said, report)
  compareWithGrant(facts, said, report)
  const use = Math.max(token.redeemed.length, ...token.redeemed)
  if (use > said.uses) report('redemption_beyond_uses', `use ${use} of ${said.uses}`)
  if (token.lastRedeemedAt > said.exp + SKEW_SECONDS) report('redemption_after_end', 'it had expired')
  const asked = said.bounds?.grant ?? said.request
  proveConsents(asked === token.request ? request : facts.requests.get(asked), said, report)
}

type Report = (code: FindingCode, detail: string) => void

function compareWithEntry(
  facts: Facts,
  { jti, token }: Served,
  request: RequestFact | undefined,
  said: TokenSaid,
  report: Report,
): void {
  const same =
    said.jti === jti &&
    said.request === token.request &&
    said.bounds?.grant === facts.underGrant.get(token.request) &&
    said.origin === token.origin &&
    said.quorum === token.quorum &&
    request?.agent === said.agent &&
    request.principal === said.principal &&
    request.executor === said.executor &&
    request.action === said.action &&
    request.state === said.state &&
    request.name === said.name &&
    (request.policy === '' || request.policy === said.policy)
  if (!same) report('token_mismatch', `its claims differ from request ${token.request}`)
}

/** The bounds are those that people consented to: the digest and the number of calls of its grant, and one text in all its tokens. */
function compareWithGrant(facts: Facts, { bounds }: TokenSaid, report: Report): void {
  const grant = bounds && facts.grants.get(bounds.grant)
  if (!bounds || !grant) return
  grant.bounds ??= bounds.text
  const same =
    bounds.digest === facts.requests.get(bounds.grant)?.action &&
    bounds.uses === grant.uses &&
    bounds.text === grant.bounds
  if (!same) report('token_mismatch', `its bounds differ from those of the grant ${bounds.grant}`)
}

/** Each consent a token carries stands in the ledger, under the same request or its grant, member for member. */
function proveConsents(request: RequestFact | undefined, said: TokenSaid, report: Report): void {
  const logged = request?.consents ?? []
  for (const { approver, print } of said.consents) {
    const fact = logged.find((consent) => consent.print === print)
    if (fact === undefined) report('consent_unlogged', approver)
    // Checked, that is: a signature that does not hold was reported with the token that carries it.
    else fact.checked = true
  }
}

/** After the last text: which tokens should have one and have none. Returns how many are still alive and have none yet. */
export function reportUnserved(facts: Facts, now: number, findings: Findings): number {
  let alive = 0
  for (const [jti, token] of facts.tokens) {
    if (token.served || token.erased) continue
    const due = token.issuedAt + SERVED_AFTER_SECONDS < now
    if (!due) alive++
    else {
      findings.report({ code: 'token_not_served', index: token.index, at: token.issuedAt, subject: jti, detail: '' })
    }
  }
  return alive
}
