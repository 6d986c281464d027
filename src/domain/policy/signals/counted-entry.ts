/** A catalogue's entry as it counts for one call: what its signals call destructive is, whatever the catalogue says. SPEC 11.1. */
import type { JsonObject } from '@countersign/verifier'
import type { CatalogueEntry } from '../../identity/parties.ts'
import { findingsOf } from './read-signals.ts'

/** A catalogue that calls an action a write says nothing of undoing what destroys. `given`: null counts as unparsed. */
export async function countedEntry(entry: CatalogueEntry, given: JsonObject | null): Promise<CatalogueEntry> {
  if (entry.effect === 'destructive') return entry
  if (!(await findingsOf({ name: entry.name, arguments: given, entry })).destroys) return entry
  const { reversible, ...rest } = entry
  return { ...rest, effect: 'destructive', ...(reversible === false && { reversible }) }
}
