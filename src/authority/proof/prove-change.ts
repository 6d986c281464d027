/**
 * Proves one change to the authority: derives the rows that its action makes, and checks that enough people signed for
 * exactly this action, an admin among them, with passkeys in force. The ledger's decision states the number and the
 * groups.
 *
 * Trusts nothing that the database says. SPEC 5, 10.4.
 */
import { type ApproverKey, actionDigest, type JsonObject, verifyConsent } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { isBarred, isTooSynced } from '../../domain/consent/eligibility.ts'
import { buildStatement, type StatedRequest } from '../../domain/consent/gesture.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import type { StoredEntry } from '../../domain/ledger/entry.ts'
import type { Requirement, Terms } from '../../domain/policy/policy.ts'
import { isFilled, type Member } from '../../domain/policy/quorum.ts'
import type { StoredConsent } from '../../store/contract/request-store.ts'
import { parseOwnChange } from '../changes/own-changes.ts'
import type { Config } from '../config.ts'
import type { InForce } from './proven-rows.ts'

/** The members of a request that prove its change. */
export type ProvableRequest = StatedRequest &
  Pick<ApprovalRequest, 'action' | 'name' | 'trace' | 'separation'> & { readonly terms: Pick<Terms, 'deviceBound'> }

export interface ProofNeeds {
  readonly config: Pick<Config, 'origin' | 'rpId'>
  /** Nothing of it is believed. */
  readonly store: {
    readonly request: (id: string) => Promise<ProvableRequest | undefined>
    readonly consents: (request: string) => Promise<readonly Pick<StoredConsent, 'consent'>[]>
    readonly entriesOfTrace: (trace: string) => Promise<readonly Pick<StoredEntry, 'body'>[]>
  }
}

/** Why a fact proves nothing. */
export class Unproven extends Error {
  override readonly name = 'Unproven'
}

export function insistOn(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Unproven(reason)
}

/** Throws `Unproven`. */
export async function proveChange(
  deps: ProofNeeds,
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  id: string,
): Promise<readonly ConfigurationRow[]> {
  const { origin } = deps.config
  const request = await deps.store.request(id)
  insistOn(request?.action && request.audience === origin, 'its request is not here, or was erased')
  insistOn(
    (await actionDigest(request.action, origin)) === request.digest,
    'its arguments are not those of its request',
  )
  const change = parseOwnChange(request.action)
  insistOn(change.ok, 'its action is none that this authority knows')
  const people = await consenting(deps, inForce, keys, request)
  const { quorum, approvers } = await demanded(deps, request)
  insistOn(people.length >= Math.max(1, quorum), 'too few people consented')
  insistOn(isFilled({ approvers }, people), 'those who consented are not those who were asked')
  return change.value.rows(inForce.present, id)
}

/** The people who signed for this request, with the groups that they answered for then. */
async function consenting(
  deps: ProofNeeds,
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  request: ProvableRequest,
): Promise<readonly Member[]> {
  const people = new Map<string, Member>()
  for (const stored of await deps.store.consents(request.id)) {
    const { approver } = stored.consent
    await checkConsent(deps, inForce, keys, request, stored)
    people.set(approver, { id: approver, groups: groupsInForce(inForce, approver) })
  }
  const all = [...people.values()]
  insistOn(
    all.some(({ groups }) => groups.includes('admin')),
    'nobody who is an admin consented',
  )
  return all
}

function groupsInForce({ present, idsOf }: InForce, approver: string): readonly string[] {
  const named = idsOf('group').filter((group) => listIn(present('group', group), 'members').includes(approver))
  return [...listIn(present('person', approver), 'roles').filter((role) => role !== 'auditor'), ...named]
}

const listIn = (content: JsonObject | undefined, name: string): readonly string[] => {
  const value = content?.[name]
  return Array.isArray(value) ? value.map(String) : []
}

async function checkConsent(
  { config: { origin, rpId } }: ProofNeeds,
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  request: ProvableRequest,
  { consent }: Pick<StoredConsent, 'consent'>,
): Promise<void> {
  const { approver, key: kid, nonce } = consent
  const key = keys.get(kid)
  insistOn(key && inForce.present('passkey', kid)?.['approver'] === approver, 'a passkey that consented is not proven')
  insistOn(!isTooSynced(request, { key }), 'a passkey that consented is not bound to its device')
  insistOn(inForce.present('person', approver), 'somebody who is not here consented')
  insistOn(!isBarred(request, approver), 'somebody consented to their own access')
  // No deputy consents to a change of the authority itself.
  const stated = { approver, onBehalfOf: null, separation: request.separation ?? true, nonce }
  const statement = buildStatement(origin, request, stated)
  const isSigned = await verifyConsent(statement, consent, key, { rpId, origins: [origin] }).then(
    () => true,
    () => false,
  )
  insistOn(isSigned, 'a passkey signed something else')
}

/** The terms of the ledger's one decision on the change, which the signed statement has to repeat. */
async function demanded({ store }: ProofNeeds, { trace, policy, terms }: ProvableRequest): Promise<Demanded> {
  const entries = (await store.entriesOfTrace(trace)).map(({ body }) => JSON.parse(body))
  const decisions = entries.filter(({ type }) => type === 'request.decided')
  insistOn(decisions.length === 1, 'the ledger does not have its one decision')
  const [decided] = decisions
  const isAsDecided =
    decided.quorum === terms.quorum && (decided.device_bound ?? false) === (terms.deviceBound ?? false)
  insistOn(decided.policy === policy && isAsDecided, 'it was decided on other terms')
  return { quorum: terms.quorum, approvers: Array.isArray(decided.approvers) ? decided.approvers : [] }
}

interface Demanded {
  readonly quorum: number
  readonly approvers: readonly Requirement[]
}
