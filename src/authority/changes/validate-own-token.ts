/**
 * Validates a token for a change to the authority: its claims fit the action, and enough people signed, an admin among
 * them. The caller checks that these are the people whom the policy requires.
 *
 * Signatures are checked as by an executor with pinned keys: neither the signing key nor the operator's credential,
 * nor both together, can make a change. Redeems nothing. SPEC 10.
 */
import { type ActionSpec, type ApprovalClaims, actionDigest, statementOf } from '@countersign/verifier'
import { isBarred } from '../../domain/consent/eligibility.ts'
import { verifyStoredConsent } from '../../domain/consent/verify-consent.ts'
import { EXECUTOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import { type Initiator, isPerson, isPresent } from '../../domain/identity/parties.ts'
import { ownPlace } from '../../domain/policy/deputies.ts'
import type { Member } from '../../domain/policy/quorum.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { validateForRedemption } from '../../domain/token/validate-redemption.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { parsing } from '../refusals.ts'

type ValidationNeeds = Uses<PeopleStore, 'config' | 'now'>

/** The people who signed, as a quorum counts them. Refuses with the code of the first check that fails. */
export async function validateOwnToken(
  deps: ValidationNeeds,
  by: Initiator,
  { claims, action }: { readonly claims: ApprovalClaims; readonly action: ActionSpec },
): Promise<Result<readonly Member[]>> {
  const { origin } = deps.config
  const valid = validateForRedemption(claims, origin, deps.now())
  if (!valid.ok) return valid
  if (claims.aud !== origin) return refuse('token_audience', 'This token is made out to another executor.')
  if (claims.authorization_details[0].digest !== (await actionDigest(action, origin))) {
    return refuse('action_mismatch', 'This is not the change that was approved. Send exactly the approved action.')
  }
  if (claims.approval.origin !== 'human') {
    return refuse('consent_missing', 'A change to the authority needs human consent.')
  }
  if (!isProposer(by, claims)) return refuse('forbidden', 'This change was proposed by somebody else.')
  const isOwnAccess = claims.approval.consents.some(({ approver }) => isBarred({ name: action.name, action }, approver))
  if (isOwnAccess) return refuse('consent_invalid', 'A person’s own consent does not count for their access.')
  return verifyConsents(deps, claims)
}

/** An admin proposes on the pages, for themselves, an executor for itself; any other change is the operator's. */
function isProposer(by: Initiator, { sub, act }: ApprovalClaims): boolean {
  if (isPerson(by)) return sub === by.id
  if (by.kind === 'executor') return act.sub === EXECUTOR_AGENT && sub === by.executor.audience
  return by.kind === 'operator' && ![PAGES_AGENT, EXECUTOR_AGENT].includes(act.sub)
}

async function verifyConsents(
  { config, store }: ValidationNeeds,
  claims: ApprovalClaims,
): Promise<Result<readonly Member[]>> {
  const members = new Map<string, Member>()
  for (const consent of claims.approval.consents) {
    const person = await store.approver(consent.approver)
    const passkey = (await store.passkeysOf(consent.approver)).find(({ key }) => key.kid === consent.key)
    if (!passkey || !person || !isPresent(person)) {
      return refuse('consent_invalid', 'A consent in this token is by nobody who may approve here.')
    }
    if (consent.on_behalf_of !== undefined)
      return refuse('consent_invalid', 'Nobody stands in for another where the authority itself is changed.')
    if (consent.batch) return refuse('consent_invalid', 'A change here needs a consent of its own, not one of many.')
    const verified = await parsing(async () =>
      verifyStoredConsent(statementOf(claims, consent), consent, passkey, config),
    )
    if (!verified.ok) return verified
    members.set(person.id, ownPlace(person))
  }
  const all = [...members.values()]
  if (all.length < claims.approval.quorum) return refuse('quorum_unmet', 'Too few people consented to it.')
  if (!all.some(({ groups }) => groups.includes('admin')))
    return refuse('consent_invalid', 'No consent in this token is by somebody who is an admin here.')
  return ok(all)
}
