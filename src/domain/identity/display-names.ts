/**
 * The names of people by their ids: with the id where two share a name. An erased name reads as erased. Names are text
 * of people: show them as untrusted.
 */
import type { Approver } from './parties.ts'

/** Turns an approver's id into a name; any other text stays as it is. */
export type NameOf = (approver: string) => string

export function namesAmong(people: readonly Pick<Approver, 'id' | 'name'>[]): NameOf {
  const shared = new Map<string | null, number>()
  for (const { name } of people) shared.set(name, (shared.get(name) ?? 0) + 1)
  const names = new Map(
    people.map(({ id, name }) => {
      if (name === null) return [id, `Name erased (${id})`]
      return [id, (shared.get(name) ?? 0) > 1 ? `${name} (${id})` : name]
    }),
  )
  return (approver) => names.get(approver) ?? approver
}
