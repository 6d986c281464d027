/**
 * What a schema found wrong, in a sentence for who sent it.
 *
 * In: an issue of zod. Out: where and what, cut short: names are the sender's own words and may be of any length.
 */
import type { z } from 'zod'

const MAX_NAMES = 80

/** `within` names what the paths start from. */
export function explainIssue(issue: z.core.$ZodIssue | undefined, within: string): string {
  if (!issue) return `${within}: not valid.`
  const where = issue.path.length === 0 ? within : issue.path.join('.')
  return `${shortened(where)}: ${explain(issue)}.`
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown member ${shortened(issue.keys.join(', '))}`
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `missing ${issue.expected}`
  return issue.message
}

const shortened = (names: string): string => (names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES)}…` : names)
