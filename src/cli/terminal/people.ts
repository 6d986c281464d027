/** The names of people for tables; their ids where this credential may not list people. */
import type { Client } from '../../client/client.ts'
import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'

export async function peopleOf(client: Client): Promise<NameOf> {
  const answer = await client.call('listApprovers')
  const people = answer.ok ? answer.value.approvers : []
  const [nameOf, gone] = [namesAmong(people), people.filter(({ removed_at: at }) => at !== null).map(({ id }) => id)]
  return (id) => (gone.includes(id) ? `${nameOf(id)} (removed)` : nameOf(id))
}
