/** The names of people, for pages that have only their ids. */
import type { Services } from '../../authority/compose.ts'

/** Turns an approver's id into a name. */
export type NameOf = (approver: string) => string

export async function namesOf({ people }: Services): Promise<NameOf> {
  const names = new Map((await people.approvers()).map(({ id, name }) => [id, name ?? `Name erased (${id})`]))
  return (approver) => names.get(approver) ?? approver
}
