/**
 * What people are called where only their ids are written.
 *
 * In: everybody there ever was. Out: names by id; an id that is nobody's stays as it is.
 */
import type { Services } from '../../authority/compose.ts'
import type { NameOf } from '../ledger/ledger-entry.ts'

export async function namesOf({ people }: Services): Promise<NameOf> {
  const names = new Map((await people.approvers()).map(({ id, name }) => [id, name ?? `Name erased (${id})`]))
  return (approver) => names.get(approver) ?? approver
}
