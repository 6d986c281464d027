/**
 * The name that a person types before they consent to destroying something for good. It comes from the call that the
 * executor will compare, by the path that its catalogue names, never from what the agent says about the call. SPEC 5.1.
 */
import type { ActionCall } from '@countersign/verifier'
import { memberOf } from './argument-path.ts'
import { revealHidden } from './hidden-characters.ts'
import { normalForm } from './normal-form.ts'

interface Catalogued {
  readonly effect: string
  readonly reversible?: boolean | undefined
  readonly target?: string | undefined
}

/** What nobody says can be undone counts as final. */
export const destroysForGood = ({ effect, reversible }: Catalogued): boolean =>
  effect === 'destructive' && reversible !== true

/** Null where nothing has to be typed. `action`: null once erased. */
export function targetToType(entry: Catalogued, name: string, action: ActionCall | null): string | null {
  if (!destroysForGood(entry)) return null
  const chosen = action && entry.target !== undefined ? memberOf(action.arguments, entry.target) : undefined
  const texts = [typeof chosen === 'number' ? String(chosen) : chosen, action?.resource]
  return texts.find(isTypable) ?? name
}

const MOST_TYPED = 80

/** Short, and of characters that a keyboard has: else the next name in line is typed. */
const isTypable = (text: unknown): text is string =>
  typeof text === 'string' &&
  text.length > 0 &&
  text.length <= MOST_TYPED &&
  !text.includes('\n') &&
  revealHidden(text, { edges: true }).every(({ kind }) => kind === 'plain')

/** Whether a person typed it: exactly, but for blanks around it and the way accents are composed. */
export const isTyped = (typed: string | undefined, target: string): boolean =>
  typed !== undefined && normalForm(typed.trim(), 'NFC') === normalForm(target, 'NFC')
