/**
 * Stopping: kill switches are engaged, looked at and confirmed here.
 *
 * In: a selector and who asks. Out: results or tagged refusals. Engaging needs no passkey, since it makes things safer;
 * releasing does, and is a change to the authority (administration.ts). What is stopped is refused by the deciding
 * statements of the store, not here. SPEC 9.
 */
import { base64urlEncode, type Selector } from '@countersign/verifier'
import { parseSelector } from '@countersign/verifier/authority'
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { idempotencyOf, keyReused } from '../idempotency.ts'
import { notFound, parsing, tooMany } from '../refusals.ts'
import type { Control, EngageInput } from './control.ts'
import { revocationEntries } from './revoked.ts'
import { createEndingStopped } from './stopped.ts'

const RELEASED_LISTED = 200

export function createControl(deps: Deps): Control {
  const { config, store, limits, log, now, nowMs } = deps
  const endStopped = createEndingStopped(deps)

  /** What it names can be stopped. */
  function stoppable(untrusted: unknown): Result<Selector> {
    const selector = parseSelector(untrusted)
    if (selector.executor !== config.origin) return ok(selector)
    return refuse(
      'invalid_request',
      'The authority’s own actions lie outside every kill switch: this would stop nothing.',
    )
  }

  const preview: Control['preview'] = (untrusted) =>
    parsing(async () => {
      const selector = stoppable(untrusted)
      return selector.ok ? ok(await store.reach(selector.value, config.origin, nowMs())) : selector
    })

  async function engage(by: Caller | Approver, input: EngageInput) {
    // Counted by itself: whoever used up another limit in somebody's name must not keep them from stopping things.
    const waitSeconds = 'kind' in by ? null : await limits.take('approver', `${by.id} stops`)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    return parsing(async () => {
      const selector = stoppable(input.selector)
      return selector.ok ? engageFor('kind' in by ? 'operator' : by.id, selector.value, input) : selector
    })
  }

  async function engageFor(engagedBy: string, selector: Selector, input: EngageInput) {
    const id = base64urlEncode(deps.randomBytes(16))
    const reason = await preparePayload(id, 'killswitch', input.reason, payloadSalt(deps.randomBytes))
    const by = engagedBy === 'operator' ? { by: engagedBy } : { approver: engagedBy }
    const verdict = await store.engage({
      id,
      selector,
      spared: config.origin,
      engagedBy,
      reason,
      idempotency: idempotencyOf(engagedBy, 'engageKillSwitch', input),
      nowMs,
      entriesFor: async (ended) => {
        const members = { killswitch: id, selector: { ...selector }, tokens: ended.tokens.length, ...by }
        const cause = await prepareEntry('killswitch.engaged', now(), traceOf(id), {
          ...members,
          payloads: [reason.digest],
        })
        return revocationEntries(cause, ended)
      },
    })
    if (verdict.verdict === 'idempotency_mismatch') return keyReused()
    if (verdict.verdict === 'engaged') {
      log.warn('killswitch.engaged', { killswitch: id, trace: traceOf(id), by: engagedBy })
      // What statements made that had begun before, so that nothing is left when this call answers. The switch stands
      // whatever becomes of it; the sweep goes on with what it did not reach.
      await endStopped().catch((error) => log.error('killswitch.straddled', { killswitch: id, reason: String(error) }))
    }
    return verdict.verdict === 'replayed' ? replayed(verdict.id) : switchOf(id)
  }

  /** Who repeats a call is told whether what it engaged still stands. */
  async function replayed(id: string) {
    const before = await switchOf(id)
    if (!before.ok || before.value.releasedAtMs === null) return before
    return refuse('invalid_request', 'What this Idempotency-Key engaged was released meanwhile. Use a new key.', {
      status: 409,
    })
  }

  async function switchOf(id: string) {
    const found = await store.killSwitch(id)
    return found ? ok(found) : notFound()
  }

  async function view(id: string): ReturnType<Control['view']> {
    const found = await switchOf(id)
    if (!found.ok) return found
    const killswitch = found.value
    const [confirmations, streams] = await Promise.all([store.confirmations(id), store.connectedExecutors(nowMs())])
    const heard = new Set(confirmations.map(({ executor }) => executor))
    const { executor: only } = killswitch.selector
    const concerned = streams.map(({ executor }) => executor).filter((name) => only === undefined || name === only)
    const awaited = killswitch.releasedAtMs === null ? [...new Set(concerned)].filter((name) => !heard.has(name)) : []
    return ok({ killswitch, confirmations, awaited })
  }

  async function confirm(caller: Caller, confirmation: Parameters<Control['confirm']>[1]): Promise<Result<true>> {
    if (caller.kind !== 'executor') return refuse('forbidden', 'Only executors confirm that a stop reached them.')
    const executor = caller.executor.audience
    const known = await store.confirmStop({ ...confirmation, executor, atMs: nowMs() })
    if (known) log.info('stop.confirmed', { executor, ...confirmation })
    return known ? ok(true) : notFound()
  }

  return {
    preview,
    engage,
    standing: () => store.killSwitches(0),
    list: () => store.killSwitches(RELEASED_LISTED),
    view,
    streams: () => store.connectedExecutors(nowMs()),
    confirm,
  }
}
