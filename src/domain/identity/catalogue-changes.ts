/** What changes between two catalogues, as a preview: each action that is new, gone or different, by itself. SPEC 10.6. */
import type { PreviewChange } from '@countersign/verifier'
import type { CatalogueEntry } from './parties.ts'

/** A preview has at most 200 changes. */
const MOST_CHANGES = 150

/**
 * An entry in lines, without commas at their ends, so that a member that stays the same is the same line. Without the
 * pin, which says nothing to a person.
 */
export function linesOfEntry({ definition, pin, ...entry }: CatalogueEntry): string {
  const own = JSON.stringify(entry, null, 2)
  const said = definition === undefined ? '' : `\nWhat else its server says of it:\n${definition}`
  const unchecked = pin === undefined || entry.schema !== undefined ? '' : '\nCalls are not checked against a schema.'
  return `${own}${unchecked}${said}`.replace(/,$/gm, '')
}

/** A pin that differs alone is shown. */
const textsOf = (one: CatalogueEntry, other: CatalogueEntry | undefined): string => {
  const lines = linesOfEntry(one)
  const isSame = other !== undefined && linesOfEntry(other) === lines
  return isSame && one.pin !== undefined && one.pin !== other.pin ? `${lines}\npin: ${one.pin}` : lines
}

/** How many actions there are, by effect. */
export function extentOf(catalogue: readonly CatalogueEntry[]): string {
  const counts = (['read', 'write', 'destructive'] as const).map(
    (effect) => `${effect}: ${catalogue.filter((entry) => entry.effect === effect).length}`,
  )
  return [`actions: ${catalogue.length}`, ...counts].join('\n')
}

export function catalogueChanges(
  before: readonly CatalogueEntry[],
  after: readonly CatalogueEntry[],
): readonly PreviewChange[] {
  const earlier = new Map(before.map((entry) => [entry.name, entry]))
  const later = new Map(after.map((entry) => [entry.name, entry]))
  const changes = [...new Set([...later.keys(), ...earlier.keys()])].flatMap((name) => {
    const [old, young] = [earlier.get(name), later.get(name)]
    const change = {
      label: `Action ${name}`,
      before: old ? textsOf(old, young) : null,
      after: young ? textsOf(young, old) : null,
    }
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
