/**
 * Engaging a kill switch, and the preview of what it would hit. It makes things safer, so it needs no passkey;
 * releasing does, and is a change to the authority. The deciding statements of the store refuse what is stopped, not
 * this file. SPEC 9.
 */
import { digestOf, type Selector } from '@countersign/verifier'
import { parseSelector } from '@countersign/verifier/authority'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { byMember, type Initiator, isPerson } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { KillSwitch, Reach } from '../../domain/stop/kill-switch.ts'
import type { Engagement, StopStore } from '../../store/contract/stop-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { idempotencyOf, type KeyedCall, keyReused } from '../idempotency.ts'
import { newId } from '../new-id.ts'
import { parsing, tooMany } from '../refusals.ts'
import { isSameTarget, presentTarget } from './present-target.ts'
import { causeOf, endedEntries, revocationEntries } from './revocation-entries.ts'
import { type TargetStore, type UnknownTarget, unknownTargets } from './unknown-targets.ts'
import { findKillSwitch } from './watch-kill-switches.ts'

type EngageNeeds = Uses<StopStore & TargetStore, 'config' | 'limits' | 'log' | 'now' | 'nowMs' | 'randomBytes'>

/** What a switch names and nobody knows. */
export interface Unknown {
  readonly unknown: readonly UnknownTarget[]
}

export interface EngageInput extends KeyedCall {
  /** Parsed here: `invalid_request` for anything but a selector. */
  readonly selector: unknown
  readonly reason: string
}

/** What a selector would hit now. Refuses: `invalid_request`. */
export const previewStop = (
  deps: Pick<EngageNeeds, 'config' | 'store' | 'nowMs'>,
  untrusted: unknown,
): Promise<Result<Reach & Unknown>> =>
  parsing(async () => {
    const { config, store, nowMs } = deps
    const named = stoppable(config, untrusted)
    if (!named.ok) return named
    const selector = await presentTarget(deps, named.value)
    const [reach, unknown] = await Promise.all([
      store.reach({ selector, spared: config.origin, nowMs: nowMs() }),
      unknownTargets(deps, selector),
    ])
    return ok({ ...reach, unknown })
  })

/**
 * Stops all that the selector names. When it answers, none of that is redeemed any more, and every redemption that
 * succeeded came before. The same Idempotency-Key again gives the same switch; the same selector again gives the one that
 * is active, so that what stops things can be repeated and piles up nothing. Refuses: `invalid_request`, `rate_limited`.
 */
export async function engage(
  deps: EngageNeeds,
  by: Initiator,
  input: EngageInput,
): Promise<Result<KillSwitch & Unknown>> {
  // A limit of its own: a thief who used up another limit in this person's name must not keep them from stopping things.
  const waitSeconds = isPerson(by) ? await deps.limits.take('approver', `${by.id} stops`) : null
  if (waitSeconds !== null) return tooMany(waitSeconds)
  return parsing(async () => {
    const selector = stoppable(deps.config, input.selector)
    if (!selector.ok) return selector
    const engaged = await engagePresent(deps, by, { ...input, selector: selector.value })
    if (!engaged.ok) return engaged
    return ok({ ...engaged.value, unknown: await unknownOf(deps, selector.value) })
  })
}

/** The switch is active whatever fails here. */
const unknownOf = (deps: EngageNeeds, selector: Selector): Promise<readonly UnknownTarget[]> =>
  unknownTargets(deps, selector).catch((error) => {
    deps.log.error('killswitch.targets', { reason: String(error) })
    return []
  })

function stoppable({ origin }: Deps['config'], untrusted: unknown): Result<Selector> {
  const selector = parseSelector(untrusted)
  if (selector.executor !== origin) return ok(selector)
  return refuse(
    'invalid_request',
    'The authority’s own actions lie outside every kill switch: this would stop nothing.',
  )
}

/** An approver who changes the call at the same moment is followed: what they change it to is stopped as well. */
async function engagePresent(deps: EngageNeeds, by: Initiator, input: ParsedInput): Promise<Result<KillSwitch>> {
  const selector = await presentTarget(deps, input.selector)
  const engaged = await engageSelector(deps, by, { ...input, selector })
  if (!engaged.ok) return engaged
  const after = await presentTarget(deps, selector)
  return isSameTarget(selector, after)
    ? engaged
    : engagePresent(deps, by, { ...input, selector: after, idempotencyKey: undefined })
}

type ParsedInput = EngageInput & { readonly selector: Selector }

async function engageSelector(deps: EngageNeeds, by: Initiator, input: ParsedInput): Promise<Result<KillSwitch>> {
  const order = await engageOrder(deps, by, input)
  const verdict = await deps.store.engage(order)
  switch (verdict.verdict) {
    case 'idempotency_mismatch':
      return keyReused()
    case 'replayed':
      return replayed(deps, verdict.id)
    case 'active':
      await finish(deps)
      return findKillSwitch(deps, verdict.id)
    case 'engaged':
      deps.log.warn('killswitch.engaged', { killswitch: order.id, trace: traceOf(order.id), by: order.engagedBy })
      await finish(deps)
      return findKillSwitch(deps, order.id)
  }
}

async function engageOrder(deps: EngageNeeds, by: Initiator, input: ParsedInput): Promise<Engagement> {
  const { config, now, nowMs, randomBytes } = deps
  const { selector } = input
  const engagedBy = isPerson(by) ? by.id : 'operator'
  const id = newId(randomBytes)
  const reason = await preparePayload(id, 'killswitch', input.reason, payloadSalt(randomBytes))
  const members = { killswitch: id, selector: { ...selector }, payloads: [reason.digest], ...byMember(by) }
  return {
    id,
    selector,
    selectorDigest: await digestOf({ ...selector }),
    spared: config.origin,
    engagedBy,
    reason,
    idempotency: idempotencyOf(engagedBy, 'engageKillSwitch', input),
    nowMs,
    async entriesFor(ended) {
      const all = { ...members, tokens: ended.tokens.length }
      return revocationEntries(await prepareEntry('killswitch.engaged', now(), traceOf(id), all), ended)
    },
  }
}

/** The switch is active whatever fails here; the sweep goes on with what this did not reach. */
async function finish(deps: EngageNeeds): Promise<void> {
  await endStopped(deps).catch((error) => deps.log.error('killswitch.straddled', { reason: String(error) }))
}

/** A repeated call learns whether the switch that it engaged is still active. */
async function replayed(deps: EngageNeeds, id: string): Promise<Result<KillSwitch>> {
  const before = await findKillSwitch(deps, id)
  if (!before.ok || before.value.releasedAtMs === null) return before
  return refuse('invalid_request', 'What this Idempotency-Key engaged was released meanwhile. Use a new key.', {
    status: 409,
  })
}

const STRADDLING_MS = 60_000

/**
 * Ends tokens that a statement made which had begun before a switch was engaged; returns their count. No statement runs
 * for longer than seconds, so a minute after its engagement a switch has nothing left to end.
 */
export async function endStopped({
  store,
  now,
  nowMs,
  log,
}: Uses<StopStore, 'now' | 'nowMs' | 'log'>): Promise<number> {
  const atMs = nowMs()
  const ended = await store.endStopped({
    nowMs: atMs,
    sinceMs: atMs - STRADDLING_MS,
    entriesFor: (killswitch, ended) => {
      const cause = causeOf({ type: 'killswitch.engaged', trace: traceOf(killswitch) })
      return endedEntries(now(), ended, cause)
    },
  })
  if (ended > 0) log.warn('killswitch.swept', { tokens: ended })
  return ended
}
