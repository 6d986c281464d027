/**
 * Decides whether a person may consent to a request, alone or in a batch, and whether it would be a self-approval.
 *
 * In: a request, an approver, the agents they run, those who consented before. Out: the `separation` of their statement,
 * or a refusal. `separation` is false when the approver, or one before, is the principal, or runs the agent or the actor.
 * A deputy answers for one absent person, where they do not answer for themself. SPEC 6, 10, 11.
 */
import { isOwnApproval, type JsonValue } from '@countersign/verifier'
import { destroysForGood } from '../action/typed-target.ts'
import type { ApprovalRequest } from '../approval/approval-request.ts'
import { type Approver, type CatalogueEntry, isPresent, type Passkey } from '../identity/parties.ts'
import { consenterOf, ownPlace } from '../policy/deputies.ts'
import { groupsAsked, type Terms } from '../policy/policy.ts'
import { isUseful, type Member, stillNeeded } from '../policy/quorum.ts'
import { ok, type Result, refuse } from '../refusal.ts'

/** What the rules of consent read of a request; of its action, only what a change to the authority is about. */
export interface Ruled
  extends Pick<
    ApprovalRequest,
    'name' | 'audience' | 'principal' | 'act' | 'actor' | 'proposedBy' | 'undoes' | 'separation' | 'terms'
  > {
  readonly action: { readonly arguments: { readonly approver?: JsonValue } } | null
  readonly catalogueEntry: Pick<CatalogueEntry, 'effect' | 'reversible'>
}

/** True when this approver would approve for themselves, by the rule of the verifier. */
export const approvesForSelf = (request: Ruled, approver: string, runs: readonly string[]): boolean =>
  isOwnApproval({ sub: request.principal, act: request.act, client_id: request.actor }, { approver, agents: runs })

/** The change by which others give a person access again: their own consent never counts for it. */
export const RECOVER_APPROVER = 'countersign.approver.recover'

/** Whether an action is about this person in a way that others alone may decide. */
export const isBarred = ({ name, action }: Pick<Ruled, 'name' | 'action'>, approver: string): boolean =>
  name === RECOVER_APPROVER && action?.arguments.approver === approver

/** Whoever allows more of what an agent asks for decides on it like any approver. */
const hasProposed = ({ proposedBy, undoes }: Ruled, approver: string): boolean =>
  proposedBy === approver && undoes !== null

/** Whether the terms keep this person's consent from counting, whatever they signed. */
export const isKeptOut = (request: Ruled, approver: string, runs: readonly string[]): boolean =>
  isBarred(request, approver) ||
  (!request.terms.selfApproval && (approvesForSelf(request, approver, runs) || hasProposed(request, approver)))

const no = (message: string) => refuse('forbidden', message)

/** What is known of a person's part in a request. */
export interface Standing {
  /** The agents that the person runs. */
  readonly runs: readonly string[]
  /** Who has consented so far, with their groups of now. */
  readonly consented: readonly Member[]
  /** The places of absent people that they can take: `placesFor`. */
  readonly places: readonly Member[]
  /** Whether they have a passkey that is bound to its device; undefined where that was not looked at. */
  readonly hasBoundKey?: boolean
}

/** What their statement says. */
export interface Eligible {
  readonly separation: boolean
  readonly onBehalfOf: string | null
}

/** The place of an absent person, and the agents that this person runs. */
export interface AbsentPlace {
  readonly member: Member
  readonly runs: readonly string[]
}

/**
 * The places of absent people that their deputy can take in a request. Nobody stands in for the principal, for those who
 * run an agent of it and for whoever proposed it, nor in a change to the authority.
 */
export const placesFor = (request: Ruled, absent: readonly AbsentPlace[], issuer: string) =>
  request.audience === issuer
    ? []
    : absent
        .filter(({ member, runs }) => !approvesForSelf(request, member.id, runs) && request.proposedBy !== member.id)
        .map(({ member }) => member)

/** Refuses in words for the person, or gives the separation to state. Does not look at the clock. */
export function eligibility(
  request: Ruled,
  approver: Approver,
  { runs, consented, places, hasBoundKey }: Standing,
): Result<Eligible> {
  if (!isPresent(approver)) return no('You are no longer an approver.')
  if (isBarred(request, approver.id)) return no('It is about your own access. Others have to approve it.')
  const asked = groupsAsked(request.terms)
  const all = [ownPlace(approver), ...places]
  if (!all.some(({ groups }) => groups.some((group) => asked.includes(group)))) {
    return no(
      `This request is for the ${asked.length === 1 ? 'group' : 'groups'} ${listOf(asked)}, to which you do not belong.`,
    )
  }
  if (request.terms.deviceBound && hasBoundKey === false) return no(ONLY_SYNCED)
  const self = approvesForSelf(request, approver.id, runs)
  if (self && !request.terms.selfApproval) {
    return no('It was asked for you, or by an agent that you run. Somebody else has to approve it.')
  }
  if (hasProposed(request, approver.id) && !request.terms.selfApproval) {
    return no('You proposed this yourself. Somebody else has to approve it.')
  }
  if (self && request.separation === true) {
    return no('Others have signed that nobody approves for themselves, so you no longer can. Somebody else has to.')
  }
  if (consented.some((member) => consenterOf(member) === approver.id)) {
    return refuse('request_denied', 'You have consented to this request before.', { status: 409 })
  }
  const place = all.find((member) => isFree(member, consented) && isUseful(request.terms, consented, member))
  if (!place) return whyOfNoUse(request, all, consented)
  return ok({
    separation: request.separation ?? !self,
    onBehalfOf: place.deputy === undefined ? null : place.id,
  })
}

const ONLY_SYNCED =
  'This needs a passkey that stays on one device, such as a security key. All of yours are synced between devices. Add one under Passkeys, then come back.'

interface TermsOfKeys {
  readonly terms: Pick<Terms, 'deviceBound'>
}

/** A passkey that leaves its device, where the terms ask for one that does not. */
export const isTooSynced = ({ terms }: TermsOfKeys, { key }: Pick<Passkey, 'key'>): boolean =>
  terms.deviceBound === true && key.be

/** Whether nobody has consented in this place. */
const isFree = ({ id }: Member, consented: readonly Member[]): boolean => consented.every((member) => member.id !== id)

/** One more consent counts only where it fills one place more, and in order only when it is the person's turn. */
function whyOfNoUse({ terms }: Ruled, places: readonly Member[], consented: readonly Member[]) {
  const { groups } = stillNeeded(terms, consented)
  const isEarly = places.some(
    (member) => isFree(member, consented) && isUseful({ ...terms, ordered: false }, consented, member),
  )
  return isEarly
    ? no(`It is not the turn of your group yet. The next to consent is somebody from ${listOf(groups)}.`)
    : no(`Enough people of your groups have consented. Somebody from ${listOf(groups)} is still needed.`)
}

const listOf = (groups: readonly string[]): string => groups.map((group) => `“${group}”`).join(' or ')

/** A consent names all that it was given with: five of the longest do not fit into one token of 12 KiB. */
const MAX_QUORUM_IN_BATCH = 4

/** The reason why this request cannot be part of a batch; null when it can. */
export function whyAlone({ audience, terms, catalogueEntry }: Ruled, issuer: string): string | null {
  if (audience === issuer) return 'A change to this authority is consented to by itself, on its own page.'
  if (catalogueEntry.reversible === false || destroysForGood(catalogueEntry))
    return 'What cannot be undone is consented to by itself, on its own page.'
  if (terms.deviceBound)
    return 'It needs a passkey that stays on one device. It is consented to by itself, on its own page.'
  if (terms.quorum <= MAX_QUORUM_IN_BATCH) return null
  return `It needs ${terms.quorum} people. Such a request is consented to by itself, on its own page.`
}
