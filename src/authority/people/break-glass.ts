/**
 * Break-glass: the recovery when no admin can sign any more. It is opened on the host alone, with the log's key, for
 * one passkey and 15 minutes, and every page warns of it until an admin who enrolled before it acknowledges it.
 * It is no token, and approves nothing. SPEC 10.12.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { acknowledgementRow, breakGlassRow } from '../../domain/identity/configuration-rows.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { BREAK_GLASS_ROLES, type SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { BreakGlassStore } from '../../store/contract/break-glass-store.ts'
import type { ProofStore } from '../../store/contract/proof-store.ts'
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

type SealedNeeds = Uses<Pick<BreakGlassStore, 'acknowledgeBreakGlass'>, 'logKey' | 'now'>
type AcknowledgeNeeds = SealedNeeds & Pick<Deps, 'breakGlass' | 'log'>

/**
 * Ends the warnings about it. Refuses: `not_found`; `forbidden` for all but admins from before it; `invalid_request`
 * while its link can let somebody in.
 */
export async function acknowledgeBreakGlass(deps: AcknowledgeNeeds, by: SignedIn, id: string): Promise<Result<true>> {
  const { breakGlass, log } = deps
  await breakGlass.refresh()
  const found = breakGlass.unacknowledged().find((one) => one.id === id)
  if (!found) return NOT_OPENED
  if (found.letIn === by.id) return refuse('forbidden', 'It let you in. Another admin acknowledges it.')
  if (!found.witnesses.includes(by.id)) return NO_WITNESS
  if (isOpen(deps, found)) return STILL_OPEN
  const acknowledged = await writeAcknowledgement(deps, { id, hash: found.hash, approver: by.id })
  if (!acknowledged.ok) return acknowledged
  await breakGlass.refresh()
  log.warn('breakglass.acknowledged', { breakglass: id, approver: by.id })
  return acknowledged
}

const NOT_OPENED = refuse('not_found', 'There is no such break-glass, or it was acknowledged.')
const NO_WITNESS = refuse(
  'forbidden',
  'Only an admin from before it was opened acknowledges it, whose roles and passkeys no approval changed since. Where there is none, run `countersign break-glass --acknowledge` on the host.',
)
const STILL_OPEN = refuse(
  'invalid_request',
  'Nobody has used its link, and its 15 minutes are not over. Acknowledge it after either.',
  { status: 409 },
)

const isOpen = ({ now }: Pick<Deps, 'now'>, { letIn, expiresAt }: BrokenGlass): boolean =>
  letIn === null && expiresAt > now()

interface Acknowledgement {
  readonly id: string
  readonly hash: string | null
  /** Null for the host. */
  readonly approver: string | null
}

/** The store decides whether the link is still open. */
async function writeAcknowledgement(
  { store, logKey, now }: SealedNeeds,
  { id, hash, approver }: Acknowledgement,
): Promise<Result<true>> {
  const seal = await sealRow(logKey, acknowledgementRow(id, approver))
  const stated = { breakglass: id, ...(approver === null ? { by: 'operator' } : { approver }), seal }
  const entry = await prepareEntry('breakglass.acknowledged', now(), traceOf(id), stated)
  const { verdict } = await store.acknowledgeBreakGlass({ hash: hash ?? '', entry, now: now() })
  return verdict === 'open' ? STILL_OPEN : ok(true)
}

type HostNeeds = SealedNeeds & Uses<Pick<ProofStore, 'configurationEntries'>>

/** On the host, where no admin is left who may. Refuses: `not_found`, `invalid_request` while its link is open. */
export async function acknowledgeOnHost(deps: HostNeeds, id: string): Promise<Result<true>> {
  const entries = (await deps.store.configurationEntries(0)).map(({ body }): JsonObject => JSON.parse(body))
  const opened = entries.find(({ type, breakglass }) => type === 'breakglass.opened' && breakglass === id)
  if (!opened) return NOT_OPENED
  return writeAcknowledgement(deps, { id, hash: String(opened['hash']), approver: null })
}

/** The break-glass whose link has this hash, while it lets somebody in. */
export async function openGlass(
  deps: Pick<Deps, 'breakGlass' | 'now'>,
  hash: string,
): Promise<BrokenGlass | undefined> {
  const { breakGlass } = deps
  const find = () => breakGlass.list().find((one) => one.hash === hash)
  if (!find()) await breakGlass.refresh()
  const found = find()
  return found && !found.acknowledged && isOpen(deps, found) ? found : undefined
}

/** Those that no admin has acknowledged, with their reasons: null once erased. */
export const readBreakGlass = (deps: Uses<BreakGlassStore, 'breakGlass' | 'now'>) =>
  Promise.all(
    deps.breakGlass.unacknowledged().map(async (one) => ({
      ...one,
      isOpen: isOpen(deps, one),
      reason: await deps.store.reasonOfBreakGlass(one.id),
    })),
  )

export type ShownBreakGlass = Awaited<ReturnType<typeof readBreakGlass>>[number]
