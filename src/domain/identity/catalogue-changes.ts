/** What changes between two catalogues, as a preview: each action that is new, gone or different, by itself. SPEC 10.6. */
import type { PreviewChange } from '@countersign/verifier'
import type { CatalogueEntry } from './parties.ts'

/** A preview has at most 200 changes. */
const MOST_CHANGES = 150

/** Without commas at line ends, so that a member that stays the same is the same line. */
const textOf = (entry: CatalogueEntry): string => JSON.stringify(entry, null, 2).replace(/,$/gm, '')

export function catalogueChanges(
  before: readonly CatalogueEntry[],
  after: readonly CatalogueEntry[],
): readonly PreviewChange[] {
  const earlier = new Map(before.map((entry) => [entry.name, textOf(entry)]))
  const later = new Map(after.map((entry) => [entry.name, textOf(entry)]))
  const changes = [...new Set([...later.keys(), ...earlier.keys()])].flatMap((name) => {
    const change = { label: `Action ${name}`, before: earlier.get(name) ?? null, after: later.get(name) ?? null }
    return change.before === change.after ? [] : [change]
  })
  return changes.length > MOST_CHANGES
    ? [...changes.slice(0, MOST_CHANGES), joined(changes.slice(MOST_CHANGES))]
    : changes
}

function joined(changes: readonly PreviewChange[]): PreviewChange {
  const textsOf = (side: 'before' | 'after') => changes.flatMap((change) => change[side] ?? []).join('\n')
  return { label: `${changes.length} further actions`, before: textsOf('before'), after: textsOf('after') }
}
