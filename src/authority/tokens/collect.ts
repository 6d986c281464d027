/**
 * Collects the token of an approved request: issued once, from then on the same one until it ends. Policy is asked
 * again and every stored consent is checked again before anything is written down. SPEC 6, 11; RFC 9449.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { askingAgent } from '../../domain/identity/own-agents.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { partiesOf } from '../../domain/ledger/entry.ts'
import { mapResult, ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { Cause } from '../../domain/token/mint.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { awaitAnswer, type Patience, viewRequest } from '../own-request.ts'
import { refusalSeen } from '../policy/permits-now.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { ALTERED, KILLED, refusalOfState } from '../refusals.ts'
import { type CauseDeps, causeOf, type Grounds, grantOver, QUORUM_UNMET, readGrounds } from './find-cause.ts'
import {
  draftToken,
  entryOfCommitted,
  type IssueDeps,
  type MintedToken,
  mintCommitted,
  type TokenBasis,
} from './issue.ts'
import { type PossessionProof, type ProvenKey, provenKey } from './possession.ts'

export type CollectDeps = CauseDeps & IssueDeps & RefusalNeeds & Uses<TokenStore & Pick<StopStore, 'isStopped'>, 'log'>

/**
 * `patience`: waits for the answer of people; default: not at all. The token is made of the request as it was seen then.
 * Issues nothing to a caller that has hung up.
 */
export async function collectToken(
  deps: CollectDeps & Pick<Deps, 'events'>,
  caller: Caller,
  id: string,
  possession?: PossessionProof,
  patience: Patience = { timeoutMs: 0 },
): Promise<Result<MintedToken>> {
  let early: { readonly of: string; readonly grounds: Promise<Grounds> } | undefined
  const seen = await awaitAnswer(deps, caller, id, patience, (announced) => {
    early = isSound(announced) ? { of: announced.id, grounds: earlyGrounds(deps, announced) } : undefined
  })
  if (patience.signal?.aborted) return HUNG_UP
  const key = await provenKey(deps, possession)
  if (!key.ok) return key
  if (!seen.ok) return seen
  const grounds = early?.of === seen.value.id ? early.grounds : undefined
  return collectSeen(deps, caller, seen.value, key.value, { grounds })
}

/** As the ledger recorded it: then nothing else can be read of it a moment later but its state. */
const isSound = (request: ApprovalRequest | undefined): request is ApprovalRequest => request?.altered === false

/** Read while the request is looked at again. */
function earlyGrounds(deps: CollectDeps, request: ApprovalRequest): Promise<Grounds> {
  const grounds = readGrounds(deps, request, request)
  grounds.catch(() => {})
  return grounds
}

/** Nobody reads this; the token is issued to the next call. */
const HUNG_UP = refuse('request_pending', 'The caller hung up.')

/** `key`: that which the token is, or was, bound to. */
export async function collectBound(
  deps: CollectDeps,
  caller: Caller,
  id: string,
  key: ProvenKey | null,
  looks = 1,
): Promise<Result<MintedToken>> {
  const seen = await viewRequest(deps, caller, id)
  return seen.ok ? collectSeen(deps, caller, seen.value, key, { looks }) : seen
}

/** As often as a request may change while its token is collected. */
const MOST_LOOKS = 4

interface Look {
  /** Its number; default: the first. */
  readonly looks?: number
  /** Where they were read together with the request. */
  readonly grounds?: Promise<Grounds> | undefined
}

/**
 * One of the caller's own requests, as it was read a moment ago: the statement that issues compares its state and its
 * consents. Looks again where they have changed.
 */
async function collectSeen(
  deps: CollectDeps,
  caller: Caller,
  request: ApprovalRequest,
  key: ProvenKey | null,
  { looks = 1, grounds }: Look,
): Promise<Result<MintedToken>> {
  if (request.actor !== askingAgent(caller)?.id)
    return refuse(
      'forbidden',
      `This token goes to ${request.actor}, which the policy names as its actor. It collects the token itself.`,
    )
  const over = refusalOfState(request, deps.now(), 'collecting')
  if (over) return over.code === 'request_pending' ? notYet(deps, request, over) : refused(over)
  if (request.actor !== request.agent && key === null) return NEEDS_KEY
  if (request.series) return refuse('invalid_request', 'A grant has no token of its own. Ask for each call.')
  const grant = request.grant === null ? null : await grantOf(deps, request.grant)
  if (request.altered || grant?.altered) return refusedToken(deps, request, ALTERED)
  const found = await findCause(deps, request, grant, grounds)
  if (!found.ok) return notCollected(deps, request, found.refusal)
  const { cause, permitted } = found.value
  const proved = key ? await key.spend() : ok(true)
  if (!proved.ok) return proved
  const jkt = key?.jkt ?? null
  if (grant && grant.jkt !== jkt) return refuse('proof_of_possession', GRANTED_TO_KEY)
  const minted = await (request.jti === null
    ? issueOnce(deps, request, cause, { jkt, grant, permitted })
    : mintAgain(deps, request, cause, { jkt, grant }))
  if (minted === 'changed')
    return looks < MOST_LOOKS
      ? collectBound(deps, caller, request.id, key, looks + 1)
      : notCollected(deps, request, QUORUM_UNMET.refusal)
  return mapResult(minted, (token) => (request.changes === null ? token : { ...token, changed: request.action }))
}

/** Says so where no answer of people can lead to a token now: a kill switch or the policy refuses it. */
async function notYet(deps: CollectDeps, request: ApprovalRequest, pending: Refusal) {
  const [isStopped, refusal] = await Promise.all([
    deps.store.isStopped(request.id),
    request.altered ? undefined : refusalSeen(deps, request),
  ])
  const why = isStopped ? KILLED : refusal
  return why ? refusedToken(deps, request, why) : refused(pending)
}

/** A refusal counts only on grounds that were read after the request: a consent may have come in between. */
async function findCause(
  deps: CollectDeps,
  request: ApprovalRequest,
  grant: ApprovalRequest | null,
  early: Look['grounds'],
): ReturnType<typeof causeOf> {
  const found = early && (await causeOf(deps, request, grant, await early))
  return found?.ok ? found : causeOf(deps, request, grant, await readGrounds(deps, request, grant ?? request))
}

const NEEDS_KEY = refuse(
  'proof_of_possession',
  'Another agent asked for this token, so it is bound to the key of its actor. Send a DPoP proof by your key.',
)

const GRANTED_TO_KEY = 'Tokens of a grant are bound to the key that asked for it. Send a DPoP proof by that key.'

async function grantOf({ store }: CollectDeps, id: string): Promise<ApprovalRequest> {
  const grant = await store.request(id)
  if (!grant) throw new Error(`The grant ${id} is gone`)
  return grant
}

/** `changed`: the request is not as it was seen, or other people consent to it now, or it has a token. */
async function issueOnce(
  deps: CollectDeps,
  request: ApprovalRequest,
  cause: Cause,
  basis: Omit<TokenBasis, 'consents'>,
): Promise<Result<MintedToken> | 'changed'> {
  const consents = cause.origin === 'human' ? cause.consents.map(({ consent }) => consent) : []
  const draft = await draftToken(deps, request, { consents, ...basis })
  const verdict = await deps.store.issueToken(draft)
  switch (verdict.verdict) {
    case 'issued':
      return mintCommitted(deps, cause, draft.token.claims, draft, verdict.leaf)
    case 'already':
    case 'not_approved':
    case 'unfilled':
      return 'changed'
    case 'killed':
      return refusedToken(deps, request, KILLED)
    case 'grant_over':
      return refusedToken(deps, request, grantOver(basis.grant ?? request, request, deps.now()))
    case 'lost':
      deps.log.error('token.altered', { trace: request.trace, request: request.id })
      return refusedToken(deps, request, ALTERED)
  }
}

/** Mints claims that were committed before, perhaps by a process that died before it signed them. */
async function mintAgain(
  deps: CollectDeps,
  request: ApprovalRequest,
  cause: Cause,
  { jkt, grant }: Pick<TokenBasis, 'jkt' | 'grant'>,
): Promise<Result<MintedToken>> {
  if (await deps.store.isStopped(request.id)) return refusedToken(deps, request, KILLED)
  const claims = await deps.store.issuedClaims(request.id)
  if (!claims) return refuse('request_expired', 'The token of this request has been erased. Open a new request.')
  if (claims.exp <= deps.now())
    return refuse('request_expired', 'The token of this request has ended. Open a new request.')
  if ((claims.cnf?.jkt ?? null) !== jkt)
    return refuse('proof_of_possession', 'This token is bound otherwise. Prove the key it was bound to.')
  const entry = await entryOfCommitted(deps, claims, request, grant)
  if (!entry) return refusedToken(deps, request, ALTERED)
  return mintCommitted(deps, cause, claims, { entry, key: await deps.keys.current(deps.now()) }, entry.leaf)
}

/** A request that lacks people after all waits for them again. */
async function notCollected(deps: CollectDeps, request: ApprovalRequest, refusal: Refusal) {
  if (refusal.code === 'quorum_unmet') await deps.store.recount({ request: request.id, now: deps.now() })
  return refusedToken(deps, request, refusal)
}

async function refusedToken(deps: CollectDeps, request: ApprovalRequest, refusal: Refusal) {
  const { trace, id, agent } = request
  const { code } = refusal
  await recordRefusal(deps, { by: { agent }, trace, members: { ...partiesOf(request), code } })
  deps.log.warn('token.refused', { trace, request: id, code })
  return refused(refusal)
}
