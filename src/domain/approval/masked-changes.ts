/**
 * What an approver changed about a call, for those who read it with masks: which arguments, before and after. What the
 * catalogue calls sensitive of either call says only that it was changed. SPEC 2.3, 5.2.
 */
import type { ActionSpec } from '@countersign/verifier'
import { MASK, maskSensitive, sensitivePaths } from '../action/sensitive.ts'
import type { CatalogueEntry } from '../identity/parties.ts'
import { type ChangedArgument, changedArguments, isWithin } from './revision.ts'

/** `entries`: of the catalogue when either call was proposed. */
export function maskedChanges(
  before: ActionSpec,
  after: ActionSpec,
  entries: readonly Pick<CatalogueEntry, 'arguments'>[],
): readonly ChangedArgument[] {
  const listed = { arguments: entries.flatMap((entry) => entry.arguments ?? []) }
  const masked = (action: ActionSpec) => maskSensitive(action, listed).action.arguments
  const shown = changedArguments(masked(before), masked(after))
  const changed = changedArguments(before.arguments, after.arguments)
  const hidden = [...new Set(sensitivePaths(listed))].filter((name) => {
    const isOf = ({ path }: ChangedArgument) => isWithin(new Set([name]), path)
    return changed.some(isOf) && !shown.some(isOf)
  })
  return [...shown, ...hidden.map((name) => ({ path: [name], before: MASK, after: MASK }))]
}
