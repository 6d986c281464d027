/**
 * Ends an absence: by either person, by an admin or the operator, or when its time is over. Only the deputy loses a
 * right, so a session suffices. Consents that the deputy gave before remain valid. SPEC 10.11.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { type Absence, absenceMembers, isAwayAt } from '../../domain/identity/absence.ts'
import { type Approver, byMember, type Initiator, isPerson } from '../../domain/identity/parties.ts'
import { type EntryMembers, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AbsenceStore } from '../../store/contract/absence-store.ts'
import type { Uses } from '../deps.ts'
import { notFound } from '../refusals.ts'

type EndNeeds = Uses<AbsenceStore, 'log' | 'now' | 'randomBytes'>

/** Refuses: `not_found`, also for an absence that is none of theirs. */
export async function endAbsence(deps: EndNeeds, by: Initiator, id: string): Promise<Result<true>> {
  const absence = await deps.store.absence(id)
  if (!absence || (isPerson(by) && !mayEnd(by, absence))) return notFound()
  const ender = isPerson(by) ? { ended_by: by.id } : byMember(by)
  if (await end(deps, absence, ender)) return ok(true)
  return refuse('not_found', 'This absence has ended already.')
}

const mayEnd = ({ id, roles }: Approver, { approver, deputy }: Absence): boolean =>
  id === approver || id === deputy || roles.includes('admin')

async function end({ store, now, randomBytes, log }: EndNeeds, absence: Absence, by: EntryMembers): Promise<boolean> {
  const at = now()
  const members = { ...absenceMembers(absence), ...by }
  const entry = await prepareEntry('absence.ended', at, newTrace(randomBytes), members)
  const ended = await store.endAbsence({ id: absence.id, at, entry })
  if (ended) log.info('absence.ended', { approver: absence.approver, absence: absence.id, trace: entry.trace })
  return ended
}

/** The clock's: those whose time is over. */
export async function endOverdueAbsences(deps: EndNeeds): Promise<void> {
  for (const absence of await deps.store.overdueAbsences(deps.now())) await end(deps, absence, {})
}

export interface AbsenceView extends Absence {
  /** It is under way. */
  readonly isAway: boolean
}

/** Those under way and planned: all of them for software, admins and auditors, their own for others. */
export async function listAbsences(
  { store, now }: Pick<EndNeeds, 'store' | 'now'>,
  reader: Initiator,
): Promise<readonly AbsenceView[]> {
  const at = now()
  const all = (await store.openAbsences(at)).map((absence) => ({ ...absence, isAway: isAwayAt(absence, at) }))
  if (!isPerson(reader) || reader.roles.some((role) => role !== 'approver')) return all
  return all.filter(({ approver, deputy }) => approver === reader.id || deputy === reader.id)
}
