/** The names of people, for pages that have only their ids. */
import type { Services } from '../../authority/compose.ts'
import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'

export async function namesOf({ people }: Services): Promise<NameOf> {
  return namesAmong(await people.approvers())
}
