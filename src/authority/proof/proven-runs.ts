/** The agents that people run, as proven. SPEC 10.4. */
import type { ProvenRows } from './proven-rows.ts'

/** By person, in order. */
export function runsIn({ idsOf, present }: ProvenRows): ReadonlyMap<string, readonly string[]> {
  const runs = new Map<string, string[]>()
  for (const agent of idsOf('agent').toSorted()) {
    const person = present('agent', agent)?.['run_by']
    if (typeof person === 'string') runs.set(person, [...(runs.get(person) ?? []), agent])
  }
  return runs
}
