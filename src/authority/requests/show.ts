/** Shows a request to an approver, with the reasons why they cannot consent, if any. SPEC 2. */

import type { ConsentStatement } from '@countersign/verifier'
import { targetToType } from '../../domain/action/typed-target.ts'
import { type ApprovalRequest, isSettled, stateAt } from '../../domain/approval/approval-request.ts'
import { approvesForSelf, eligibility, placesFor, whyAlone } from '../../domain/consent/eligibility.ts'
import { buildStatement } from '../../domain/consent/gesture.ts'
import { type Candidate, whyUnfillable } from '../../domain/consent/reachable-quorum.ts'
import type { AgentSession } from '../../domain/identity/agent-session.ts'
import { namesAmong } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { consenterOf } from '../../domain/policy/deputies.ts'
import { groupsAsked } from '../../domain/policy/policy.ts'
import { type Member, type Needed, stillNeeded } from '../../domain/policy/quorum.ts'
import { findingsOf } from '../../domain/policy/signals/read-signals.ts'
import { type FoundSignal, foundIn } from '../../domain/policy/signals/signal-words.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import { absentPlaces } from '../absences/absent-places.ts'
import type { Uses } from '../deps.ts'
import { type AgainNeeds, refusalNow } from '../policy/permits-now.ts'
import { ALTERED, notFound } from '../refusals.ts'
import { mayAnswer, type ReadNeeds } from './reader-scope.ts'

const REFUSED_NOW = 'The policy in force forbids this now. It can be denied; it cannot be approved.'
const STOPPED =
  'A kill switch stops this action. It can be denied; it cannot be approved until an admin releases the switch.'

export interface RequestForApprover {
  readonly request: ApprovalRequest
  /** The request whose place this one took, and the display name of the approver who changed it, as far as it is known. */
  readonly former: ApprovalRequest | null
  readonly changedBy: string | null
  /** The statement that this person's passkey would sign, without the nonce of the attempt. The page shows every member. */
  readonly statement: Omit<ConsentStatement, 'nonce'>
  /** The people who have signed this statement, in that order: each in their own name, and for an absent person where they stood in. */
  readonly signers: readonly Signer[]
  readonly state: ApprovalRequest['state']
  /** Why this person cannot consent, in plain words; null when they can. */
  readonly cannotConsent: string | null
  /** Why the policy of now refuses it, before its token was used; null where it permits it, or it is over. */
  readonly refusedNow: string | null
  /** Whether a kill switch stops it, before its token was used. */
  readonly stoppedNow: boolean
  /** True when this person would be approving for themselves, so that the token says `separation: false`. */
  readonly selfApproval: boolean
  /** Name of the absent person in whose place they consent; null where they answer for themself. */
  readonly onBehalfOf: string | null
  readonly consentedByMe: boolean
  /** The people who have consented, in that order, and those who are still needed. */
  readonly quorum: ShownQuorum
  /** Whether its token was issued and has ended, or was erased. */
  readonly tokenEnded: boolean
  /** Why a consent to it is never given together with others; null where it may be. */
  readonly alone: string | null
  /** The name to type before the passkey is asked; null where nothing has to be typed. */
  readonly target: string | null
  /** Display name of the principal where it is a known person. */
  readonly principalName: string | null
  /** The purpose of the session in which its agent asked; null outside of one. */
  readonly task: { readonly purpose: string | null; readonly endsAt: number } | null
  readonly policyTitle: string
  /** The signals in its arguments; none of a change to the authority, and none once they are erased. */
  readonly signals: readonly FoundSignal[]
  /** Display name of the approver who denied it, as far as it is known. */
  readonly deniedBy: string | null
  /** Display name of the person who proposed it, as far as it is known. */
  readonly proposedBy: string | null
}

export type Signer = Pick<ConsentStatement, 'approver' | 'on_behalf_of'>

export interface ShownQuorum {
  /** `onBehalfOf`: the name of the absent person whose deputy they were. `groups`: the asked groups they answer for now. */
  readonly consented: readonly {
    readonly id: string
    readonly name: string
    readonly onBehalfOf: string | null
    readonly groups: readonly string[]
    /** By the groups of now; of a settled request, whether it counted then. */
    readonly counts: boolean
  }[]
  /** The places that are filled, or were when the request was settled. */
  readonly filled: number
  readonly needed: Needed
  /** Why the quorum cannot be met as people and groups are now; null where it can. */
  readonly unfillable: string | null
}

export type ShowNeeds = ReadNeeds &
  AgainNeeds &
  Uses<
    RequestStore &
      PeopleStore &
      Pick<TokenStore, 'issuedClaims'> &
      Pick<AgentSessionStore, 'agentSessionAt'> &
      Pick<StopStore, 'isStopped'>,
    'config' | 'policy' | 'now'
  >

export type StoredNeeds = ShowNeeds & Uses<Pick<AgentSessionStore, 'agentSessionOf'>>

/** Refuses `not_found`, also for those who may read it and not answer it. */
export async function showRequest(
  deps: StoredNeeds,
  approver: Approver,
  id: string,
): Promise<Result<RequestForApprover>> {
  const [isReadable, request, around, task] = await Promise.all([
    mayAnswer(deps, approver, id),
    deps.store.request(id),
    readAround(deps, approver, { id, standing: id }),
    deps.store.agentSessionOf(id),
  ])
  if (!isReadable || !request || approver.roles.every((role) => role === 'auditor')) return notFound()
  return ok(await shownWith(deps, approver, request, { ...around, task }))
}

/** `standing`: the request that a kill switch would stop, where this one is not there yet. */
export async function shownTo(deps: ShowNeeds, approver: Approver, request: ApprovalRequest, standing: string) {
  const [around, task] = await Promise.all([
    readAround(deps, approver, { id: request.id, standing }),
    deps.store.agentSessionAt({ agent: request.agent, at: request.createdAt }),
  ])
  return shownWith(deps, approver, request, { ...around, task })
}

interface Around extends Awaited<ReturnType<typeof readAround>> {
  /** The session in which its agent asked. */
  readonly task: AgentSession | undefined
}

/** Reads all about a request that its id alone leads to, at the same time as the request itself. */
async function readAround(deps: ShowNeeds, approver: Approver, { id, standing }: { id: string; standing: string }) {
  const { store, policy: rules } = deps
  const [policy, absent, people, consentedBy, stopped, claims] = await Promise.all([
    rules.read(),
    absentPlaces(deps, approver),
    store.listApprovers(),
    store.consentedBy([id]),
    store.isStopped(standing),
    store.issuedClaims(id),
  ])
  const { runs = [], passkeys = [] } = people.find((person) => person.id === approver.id) ?? {}
  const keys = passkeys.filter(({ revokedAt }) => revokedAt === null)
  const isHeld = id === standing
  return { policy, runs, absent, keys, people, consented: consentedBy.get(id) ?? [], stopped, claims, isHeld }
}

async function shownWith(
  deps: ShowNeeds,
  approver: Approver,
  request: ApprovalRequest,
  { policy, runs, absent, keys, people, consented, stopped, claims, task, isHeld }: Around,
): Promise<RequestForApprover> {
  const { store, config, now } = deps
  const tokenEnded = request.jti !== null && (claims?.exp ?? 0) <= now()
  const [former, signals, refusedNow] = await Promise.all([
    request.changes === null ? undefined : store.request(request.changes),
    signalsIn(request, config.origin),
    isHeld && !tokenEnded ? whyRefusedNow(deps, request) : null,
  ])
  const nameOf = (person: string | undefined) => people.find((one) => one.id === person)?.name ?? null
  const eligible = eligibility(request, approver, {
    runs,
    consented,
    places: placesFor(request, absent, config.origin),
    hasBoundKey: keys.some(({ key }) => !key.be),
  })
  const selfApproval = approvesForSelf(request, approver.id, runs)
  const separation = request.separation ?? !selfApproval
  const stated = eligible.ok ? eligible.value : { separation, onBehalfOf: null }
  const { nonce: _, ...statement } = buildStatement(config.origin, request, {
    approver: approver.id,
    nonce: '',
    ...stated,
  })
  return {
    request,
    former: former ?? null,
    changedBy: nameOf(request.changedBy ?? undefined),
    statement,
    signers: signersOf(request, consented),
    state: stateAt(request, now()),
    cannotConsent: whyNotConsent(request, { stopped, refusedNow, eligible }),
    refusedNow,
    stoppedNow: stopped && !tokenEnded && isOpenOrApproved(request, now()),
    selfApproval,
    onBehalfOf: stated.onBehalfOf === null ? null : (nameOf(stated.onBehalfOf) ?? stated.onBehalfOf),
    consentedByMe: consented.some((one) => consenterOf(one) === approver.id),
    quorum: quorumOf(request, { consented, signed: claims?.approval.consents }, people, now()),
    tokenEnded,
    alone: whyAlone(request, config.origin),
    target: targetToType(request.catalogueEntry, request.name, request.action),
    principalName: nameOf(request.principal),
    task: task ? { purpose: task.purpose, endsAt: task.endsAt } : null,
    policyTitle: request.policy === policy.digest ? policy.title : 'an earlier policy',
    signals,
    deniedBy: nameOf(request.denial?.by),
    proposedBy: nameOf(request.proposedBy ?? undefined),
  }
}

/** A call under a grant was signed by nobody: its approvers signed the grant. An altered request is not what they signed. */
const signersOf = ({ grant, altered }: ApprovalRequest, consented: readonly Member[]): readonly Signer[] =>
  grant !== null || altered ? [] : consented.map(signerOf)

const signerOf = (member: Member): Signer => ({
  approver: consenterOf(member),
  ...(member.deputy === undefined ? {} : { on_behalf_of: member.id }),
})

interface Hindrances extends Pick<RequestForApprover, 'refusedNow'> {
  readonly stopped: boolean
  readonly eligible: ReturnType<typeof eligibility>
}

/** Reasons that concern everybody come before those that concern this person. */
function whyNotConsent(
  { altered }: ApprovalRequest,
  { stopped, refusedNow, eligible }: Hindrances,
): RequestForApprover['cannotConsent'] {
  if (altered) return ALTERED.message
  if (stopped) return STOPPED
  if (refusedNow !== null) return REFUSED_NOW
  return eligible.ok ? null : eligible.refusal.message
}

const isOpenOrApproved = (request: ApprovalRequest, now: number): boolean =>
  ['pending', 'approved'].includes(stateAt(request, now))

/** Altered texts are no call to ask about. A call that was just changed was just decided. */
async function whyRefusedNow(deps: ShowNeeds, request: ApprovalRequest): Promise<string | null> {
  if (!isOpenOrApproved(request, deps.now()) || request.altered || request.grant !== null) return null
  return (await refusalNow(deps, request))?.message ?? null
}

async function signalsIn(
  { action, audience, catalogueEntry: entry }: ApprovalRequest,
  origin: string,
): Promise<readonly FoundSignal[]> {
  if (action === null || audience === origin) return []
  return foundIn(await findingsOf({ name: action.name, arguments: action.arguments, entry }))
}

interface Answers {
  readonly consented: readonly Member[]
  /** Those in the token. Undefined without one, and once it is erased. */
  readonly signed: readonly { readonly approver: string }[] | undefined
}

/** A settled request keeps what counted then, whatever people and groups are now. */
function quorumOf(
  request: ApprovalRequest,
  { consented, signed }: Answers,
  people: readonly Candidate[],
  now: number,
): ShownQuorum {
  const { terms } = request
  const asked = groupsAsked(terms)
  const nameOf = namesAmong(people)
  const needed = stillNeeded(terms, consented)
  const settled = isSettled(request, now)
  const counted = signed && new Set(signed.map(({ approver }) => approver))
  return {
    consented: consented.map((member) => {
      const groups = member.groups.filter((group) => asked.includes(group))
      return {
        id: consenterOf(member),
        name: nameOf(consenterOf(member)),
        onBehalfOf: member.deputy === undefined ? null : nameOf(member.id),
        groups: settled ? [] : groups,
        counts: settled ? (counted?.has(consenterOf(member)) ?? true) : groups.length > 0,
      }
    }),
    filled: settled ? filledThen(request, counted?.size) : terms.quorum - needed.count,
    needed,
    unfillable: settled ? null : whyUnfillable(request, consented, people, now),
  }
}

const filledThen = ({ grant, terms, consents }: ApprovalRequest, inToken: number | undefined): number =>
  inToken ?? (grant === null ? consents : terms.quorum)
