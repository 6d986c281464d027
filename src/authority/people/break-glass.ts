/**
 * Break-glass: the way back in when no admin can sign any more. It is opened on the host alone, with the log's key, for
 * one passkey and a quarter of an hour, and is shouted about until an admin other than the one let in acknowledges it.
 * It is no token, and approves nothing. SPEC 10.12.
 */
import { base64urlEncode } from '@countersign/verifier'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { acknowledgementRow, breakGlassRow } from '../../domain/identity/configuration-rows.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { BREAK_GLASS_ROLES, type SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { BreakGlassStore } from '../../store/contract/break-glass-store.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { BrokenGlass, Deps, Uses } from '../deps.ts'
import { newId } from '../new-id.ts'

const LIFE_SECONDS = 900

type OpenNeeds = Uses<BreakGlassStore, 'config' | 'logKey' | 'now' | 'randomBytes'>

export interface OpenedBreakGlass {
  readonly id: string
  readonly link: string
  readonly expiresAt: number
}

/** Refuses: `invalid_request` while there is no admin. */
export async function openBreakGlass(
  { config, store, logKey, now, randomBytes }: OpenNeeds,
  reason: string,
): Promise<Result<OpenedBreakGlass>> {
  const secret = base64urlEncode(randomBytes(32))
  const [id, hash, openedAt] = [newId(randomBytes), await hashSecret(secret), now()]
  const expiresAt = openedAt + LIFE_SECONDS
  const payload = await preparePayload(id, 'breakglass', reason, payloadSalt(randomBytes))
  const seal = await sealRow(logKey, breakGlassRow({ id, hash, openedAt, expiresAt }))
  const stated = { breakglass: id, hash, opened: openedAt, expires: expiresAt, payloads: [payload.digest], seal }
  const invitation = {
    hash,
    bootstrap: false,
    name: null,
    roles: BREAK_GLASS_ROLES,
    recovers: null,
    person: null,
    invitedBy: null,
  }
  const { verdict } = await store.openBreakGlass({
    id,
    invitation: { ...invitation, createdAt: openedAt, expiresAt },
    payload,
    entry: await prepareEntry('breakglass.opened', openedAt, traceOf(id), stated),
  })
  if (verdict === 'opened') return ok({ id, link: `${config.origin}/enrol#${secret}`, expiresAt })
  return refuse('invalid_request', 'There is no admin yet. Open the link that the start prints, and enrol with it.')
}

type AcknowledgeNeeds = Uses<Pick<EntryStore, 'appendEntries'>, 'breakGlass' | 'log' | 'logKey' | 'now'>

/** Ends the warnings about it. Refuses: `not_found`, and `forbidden` for the admin whom it let in. */
export async function acknowledgeBreakGlass(
  { store, breakGlass, log, logKey, now }: AcknowledgeNeeds,
  by: SignedIn,
  id: string,
): Promise<Result<true>> {
  const found = breakGlass.unacknowledged().find((one) => one.id === id)
  if (!found) return refuse('not_found', 'There is no such break-glass, or an admin has acknowledged it.')
  if (found.letIn === by.id) return refuse('forbidden', 'It let you in. Another admin acknowledges it.')
  const stated = { breakglass: id, approver: by.id }
  const seal = await sealRow(logKey, acknowledgementRow(id, by.id))
  await store.appendEntries([await prepareEntry('breakglass.acknowledged', now(), traceOf(id), { ...stated, seal })])
  await breakGlass.refresh()
  log.warn('breakglass.acknowledged', stated)
  return ok(true)
}

/** The break-glass whose link has this hash, while it lets somebody in. */
export async function openGlass(
  { breakGlass, now }: Pick<Deps, 'breakGlass' | 'now'>,
  hash: string,
): Promise<BrokenGlass | undefined> {
  const find = () => breakGlass.list().find((one) => one.hash === hash)
  if (!find()) await breakGlass.refresh()
  const found = find()
  return found && found.letIn === null && found.expiresAt > now() ? found : undefined
}

/** Those that no admin has acknowledged, with their reasons: null once erased. */
export const readBreakGlass = ({ store, breakGlass }: Uses<BreakGlassStore, 'breakGlass'>) =>
  Promise.all(
    breakGlass.unacknowledged().map(async (one) => ({ ...one, reason: await store.reasonOfBreakGlass(one.id) })),
  )

export type ShownBreakGlass = Awaited<ReturnType<typeof readBreakGlass>>[number]
