/** Decisions in plain words: which policies decided, and what they ask. SPEC 11. */
import type { Requirement, Terms } from './policy.ts'

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']

/** “one approver”, “two of finance or legal”. */
function requirementInWords({ groups, count }: Requirement): string {
  const number = NUMBERS[count] ?? String(count)
  const [group] = groups
  const isRole = groups.length === 1 && (group === 'approver' || group === 'admin')
  return isRole ? `${number} ${group}${count === 1 ? '' : 's'}` : `${number} of ${groups.join(' or ')}`
}

/** “one approver and, after that, two of finance”. */
export const asked = ({ approvers, ordered }: Pick<Terms, 'approvers' | 'ordered'>): string =>
  approvers.map(requirementInWords).join(ordered ? ' and, after that, ' : ' and ')

const MAX_NAMED = 5

export function named(ids: readonly string[]): string {
  if (ids.length === 1) return `Policy “${ids[0]}”`
  const first = ids.slice(0, MAX_NAMED).map((id) => `“${id}”`)
  return `Policies ${first.join(', ')}${ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : ''}`
}

export const permitInWords = (ids: readonly string[], terms: Terms, effect: 'allow' | 'approval'): string =>
  `${named(ids)} ${ids.length === 1 ? 'permits' : 'permit'} this${effect === 'allow' ? ' without asking anyone' : ` once ${asked(terms)} consent${terms.quorum === 1 ? 's' : ''}`}.`

interface Forbid {
  readonly id: string
  readonly reason: string | null
}

export function denialInWords(forbids: readonly Forbid[]): string {
  const [first] = forbids
  if (!first) return 'No policy permits this.'
  const ids = forbids.map(({ id }) => id)
  const reason = forbids.find((forbid) => forbid.reason !== null)?.reason
  return `${named(ids)} ${ids.length === 1 ? 'forbids' : 'forbid'} this.${reason ? ` ${reason}` : ''}`
}
