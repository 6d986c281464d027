/** The agents that people run, as proven. SPEC 10.4. */
import type { InForce } from './proven-rows.ts'

/** By person, in order. */
export function runsIn({ idsOf, present }: InForce): ReadonlyMap<string, readonly string[]> {
  const runs = new Map<string, string[]>()
  for (const agent of idsOf('agent').toSorted()) {
    const person = present('agent', agent)?.['run_by']
    if (typeof person === 'string') runs.set(person, [...(runs.get(person) ?? []), agent])
  }
  return runs
}
