/**
 * Webhooks and the delivery log, as admins look after them. A webhook is added as a change to the authority
 * (`changes/`); removing one makes things safer and needs no consent. SPEC 3, 10.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { byMember } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import type { Delivery, Message, NewDelivery } from '../../domain/notify/delivery.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { newId } from '../new-id.ts'

export const MOST_LISTED = 50
export const TEST_MESSAGE = { kind: 'test', subjects: [] } as const satisfies Message

export const newDeliveryId = ({ randomBytes }: Pick<Deps, 'randomBytes'>): string => newId(randomBytes)

export async function removeWebhook(
  { store, now, randomBytes }: Pick<Deps, 'store' | 'now' | 'randomBytes'>,
  by: Caller | Approver,
  id: string,
): Promise<Result<true>> {
  const members = { credential: id, kind: 'webhook', ...byMember(by) }
  const entry = await prepareEntry('credential.revoked', now(), newTrace(randomBytes), members)
  if (await store.removeWebhook({ id, at: now(), entries: [entry] })) return ok(true)
  return refuse('not_found', 'There is no such webhook, or it is removed already.')
}

/** Sends a test to every webhook; resolves to their number. */
export async function testWebhooks(deps: Pick<Deps, 'store' | 'now' | 'randomBytes'>): Promise<number> {
  const deliveries = (await deps.store.webhooks()).map(
    ({ id }): NewDelivery => ({
      id: newDeliveryId(deps),
      channel: 'webhook',
      recipient: id,
      target: id,
      message: TEST_MESSAGE,
    }),
  )
  await deps.store.putDeliveries({ deliveries, now: deps.now() })
  return deliveries.length
}

export const listDeliveries = (
  { store }: Pick<Deps, 'store'>,
  recipient: string | null,
): Promise<readonly Delivery[]> => store.listDeliveries({ recipient, limit: MOST_LISTED })

export const replayDelivery = async ({ store, now }: Pick<Deps, 'store' | 'now'>, id: string): Promise<Result<true>> =>
  (await store.replayDelivery({ id, now: now() }))
    ? ok(true)
    : refuse('not_found', 'There is no such delivery, or it is still on its way.')
