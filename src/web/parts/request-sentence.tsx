/** A request in one sentence, and its effect as a pill. */
import { plainText } from '../../domain/action/describe.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import type { CatalogueEntry, Effect } from '../../domain/identity/parties.ts'

/** For the window title: one line, at most 80 characters. */
export function titleOf(request: ApprovalRequest): string {
  const whole = plainText(describeRequest(request))
  const visible = [
    ...whole
      .slice(0, MOST_READ)
      .replace(/[\p{C}\p{Z}]+/gu, ' ')
      .trim(),
  ]
  return visible.length > 80 ? `${visible.slice(0, 79).join('')}…` : visible.join('')
}

/** More than a title shows, however many of the characters are blanks. */
const MOST_READ = 1000

const EFFECTS: Record<Effect, readonly [word: string, tone: string]> = {
  read: ['Reads', ''],
  write: ['Writes', ''],
  destructive: ['Destroys', ' danger'],
}

export const EffectPill = ({ effect }: { effect: Effect }) => {
  const [word, tone] = EFFECTS[effect]
  return <span class={`pill${tone}`}>{word}</span>
}

/** Claims that something can be undone only where the catalogue does. */
export const Undoing = ({ entry: { reversible } }: { entry: Pick<CatalogueEntry, 'reversible'> }) => {
  if (reversible === undefined) return <span class="pill warn">Not known whether it can be undone</span>
  return reversible ? <span class="pill">Can be undone</span> : <span class="pill danger">Cannot be undone</span>
}
