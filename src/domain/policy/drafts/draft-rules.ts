/** The rules that a draft is tried under, and a faulty draft in words. SPEC 11.4. */
import { digestOf } from '@countersign/verifier'
import type { Problem } from '../cedar/split-policies.ts'
import type { DraftRules } from './draft-job.ts'

interface Settings {
  readonly origin: string
  readonly tokenTtlSeconds: number
  readonly selfApproval: boolean
}

export async function rulesFor(
  text: string,
  { origin: authority, tokenTtlSeconds: ttlSeconds, selfApproval }: Settings,
): Promise<DraftRules> {
  const digest = await digestOf({ typ: 'countersign/policy/draft/v1', text })
  return { digest, authority, ttlSeconds, selfApproval }
}

/** The first problem, with its place. */
export function problemsInWords([first, ...others]: readonly Problem[]): string {
  if (!first) return 'The policy does not compile.'
  const { line, column, message, suggestion } = first
  const instead = suggestion === null ? '' : ` Write “${suggestion}” instead.`
  const more = others.length === 0 ? '' : ` There are ${others.length} more.`
  return `Line ${line}, column ${column}: ${message}${instead}${more}`
}
