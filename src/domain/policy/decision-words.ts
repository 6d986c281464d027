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

interface Decided {
  readonly id: string
  readonly reason?: string | null
}

export function permitInWords(permits: readonly Decided[], terms: Terms, effect: 'allow' | 'approval'): string {
  const consent = `once ${asked(terms)} consent${terms.quorum === 1 ? 's' : ''}`
  return `${verdict(permits, 'permit')} ${effect === 'allow' ? 'without asking anyone' : consent}.${authorsReason(permits)}`
}

export const denialInWords = (forbids: readonly Decided[]): string =>
  forbids.length === 0 ? 'No policy permits this.' : `${verdict(forbids, 'forbid')}.${authorsReason(forbids)}`

const verdict = (decided: readonly Decided[], verb: string): string =>
  `${named(decided.map(({ id }) => id))} ${verb}${decided.length === 1 ? 's' : ''} this`

/** The first `@reason` among them. */
function authorsReason(decided: readonly Decided[]): string {
  const { reason } = decided.find((policy) => policy.reason) ?? {}
  return reason ? ` ${reason}` : ''
}
