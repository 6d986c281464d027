/** Rules about tokens, redemptions and outcomes. SPEC 3, 8. */
import { type Facts, type RequestFact, type TokenFact, withUse } from '../facts/ledger-facts.ts'
import { numberOf, textOf } from '../log/read-entry.ts'
import { filledBy } from './asked-people.ts'
import { type Case, checkParties, isRemoved, type Rule, requestOf } from './rule.ts'
import { checkNotKilled } from './rules-authority.ts'
import { noteErased } from './rules-seals.ts'

const issued: Rule = (one) => {
  const { members, facts, report, entry, index } = one
  const jti = textOf(members, 'jti') ?? ''
  if (facts.tokens.has(jti)) return report('token_duplicate', jti)
  checkNotKilled(one, jti)
  const request = requestOf(one)
  const token: TokenFact = {
    index,
    issuedAt: entry.at,
    request: textOf(members, 'request') ?? '',
    origin: facts.shared(textOf(members, 'origin') ?? ''),
    quorum: numberOf(members, 'quorum') ?? 0,
    claims: textOf(members, 'claims') ?? '',
    leaf: one.leaf(),
    redeemed: [],
    lastRedeemedAt: 0,
    reported: [],
    revoked: false,
    erased: false,
    served: false,
  }
  facts.tokens.set(jti, token)
  if (request !== undefined) checkCause(one, jti, token, request)
}

function checkCause(one: Case, jti: string, token: TokenFact, request: RequestFact): void {
  const { report, facts } = one
  if (request.token !== null) report('token_duplicate', jti, `the request has the token ${request.token}`)
  request.token = jti
  if (request.decision === null) report('decision_missing', jti)
  const ended = request.endedBy ?? endOfGrant(facts, token.request)
  if (ended !== null) report('token_after_end', jti, ended)
  if (!isSame(one, request)) report('token_mismatch', jti, `request ${token.request}`)
  checkParties(one, request)
  if (token.origin === 'policy') {
    if (request.decision !== 'allow') report('token_without_allow', jti, `the decision was ${request.decision}`)
    return
  }
  checkQuorum(one, jti, token, consentedOf(facts, token.request, request))
}

/** How the grant of a call ended; null where it has not, or there is none. */
function endOfGrant(facts: Facts, request: string): string | null {
  const id = facts.underGrant.get(request)
  const ended = id === undefined ? null : (facts.requests.get(id)?.endedBy ?? null)
  return ended && `its grant: ${ended}`
}

/** The request that people consented to: its own, or the grant that it is under. */
function consentedOf(facts: Facts, id: string, request: RequestFact): RequestFact {
  const grant = facts.underGrant.get(id)
  return (grant === undefined ? undefined : facts.requests.get(grant)) ?? request
}

/** Counts distinct people of the groups asked, whose passkey was not revoked when the token was issued. */
function checkQuorum({ facts, report, entry }: Case, jti: string, token: TokenFact, request: RequestFact): void {
  const counted = (request.consents ?? []).filter(
    ({ counts, voided, key }) => counts && !voided && facts.keys.get(key)?.revoked === false,
  )
  const people = filledBy(facts, request, counted, entry.at)
  const wanted = Math.max(1, request.quorum)
  if (people < wanted) report('token_quorum', jti, `${people} of ${wanted}`)
  if (token.quorum !== request.quorum)
    report('token_quorum', jti, `it says ${token.quorum}, decided was ${request.quorum}`)
}

/** Compares the act that an entry names with that of its request. */
function isSame({ members }: Case, request: RequestFact): boolean {
  return (
    members['action'] === request.action &&
    members['executor'] === request.executor &&
    members['agent'] === request.agent &&
    members['principal'] === request.principal &&
    members['name'] === request.name
  )
}

const redeemed: Rule = (one) => {
  const { members, facts, report, entry } = one
  const jti = textOf(members, 'jti') ?? ''
  const token = facts.tokens.get(jti)
  checkNotKilled(one, jti)
  if (token === undefined) return report('redemption_without_token', jti)
  const use = numberOf(members, 'use') ?? token.redeemed.length + 1
  if (token.redeemed.includes(use)) report('redemption_duplicate', jti, `use ${use}`)
  token.redeemed = withUse(token.redeemed, use)
  token.lastRedeemedAt = entry.at
  if (token.revoked) report('redemption_after_end', jti, 'it was revoked')
  const request = facts.requests.get(token.request)
  if (request === undefined) return
  request.redemptions++
  checkGrant(one, jti, token.request)
  if (members['request'] !== token.request || !isSame(one, request)) report('redemption_mismatch', jti)
  // Removing a party ends its live tokens, whether or not their revocation was written down.
  if (isRemoved(facts.agents.get(request.agent), request.index)) report('agent_removed', jti, request.agent)
  if (isRemoved(facts.executors.get(request.executor), request.index)) {
    report('executor_removed', jti, request.executor)
  }
}

/** A grant is spent no more often than people consented to, and not after its end. */
function checkGrant({ facts, report }: Case, jti: string, request: string): void {
  const id = facts.underGrant.get(request)
  const grant = id === undefined ? undefined : facts.grants.get(id)
  if (id === undefined || grant === undefined) return
  grant.redeemed++
  if (grant.redeemed > grant.uses) report('redemption_beyond_uses', jti, `call ${grant.redeemed} of ${grant.uses}`)
  const ended = endOfGrant(facts, request)
  if (ended !== null) report('redemption_after_end', jti, ended)
}

/** A report may follow an outcome that was written down as missing or not known, never the other way round. */
const outcome: Rule = ({ members, facts, entry, report }) => {
  const jti = textOf(members, 'jti') ?? ''
  const use = numberOf(members, 'use') ?? 1
  const token = facts.tokens.get(jti)
  if (!token?.redeemed.includes(use)) return report('outcome_without_redemption', jti, `use ${use}`)
  const isKnown = entry.type === 'outcome.reported' && members['outcome'] !== 'indeterminate'
  const isUnsure = token.unsure?.includes(use) === true
  if (token.reported.includes(use) || (isUnsure && !isKnown)) report('outcome_duplicate', jti, `use ${use}`)
  else if (isKnown) token.reported = withUse(token.reported, use)
  else if (entry.type === 'outcome.reported') token.unsure = withUse(token.unsure ?? [], use)
}

/** A round belongs to a redemption whose outcome is not known, and to the act that was approved. */
const continued: Rule = (one) => {
  const { members, facts, report } = one
  const jti = textOf(members, 'jti') ?? ''
  const use = numberOf(members, 'use') ?? 1
  const token = facts.tokens.get(jti)
  checkNotKilled(one, jti)
  if (!token?.redeemed.includes(use) || token.reported.includes(use))
    return report('round_without_redemption', jti, `use ${use}`)
  if (token.revoked) report('redemption_after_end', jti, 'it was revoked')
  const request = facts.requests.get(token.request)
  if (request === undefined) return
  if (members['request'] !== token.request || !isSame(one, request)) report('redemption_mismatch', jti)
  checkParties(one, request)
}

const revoked: Rule = ({ members, facts, report }) => {
  const jti = textOf(members, 'jti') ?? ''
  const token = facts.tokens.get(jti)
  if (token === undefined) return report('revocation_without_token', jti)
  token.revoked = true
}

const erased: Rule = (one) => {
  const { members, facts } = one
  noteErased(one)
  const request = facts.requests.get(textOf(members, 'request') ?? '')
  const token = facts.tokens.get(textOf(members, 'jti') ?? request?.token ?? '')
  if (token !== undefined) token.erased = true
}

/** Somebody read what the catalogue calls sensitive, in a request that there is. */
const uncovered: Rule = (one) => void requestOf(one)

export const tokenRules: Readonly<Record<string, Rule>> = {
  'token.issued': issued,
  'token.redeemed': redeemed,
  'token.refused': () => {},
  'token.revoked': revoked,
  'outcome.reported': outcome,
  'outcome.missing': outcome,
  'call.continued': continued,
  'payload.erased': erased,
  'payload.uncovered': uncovered,
}
