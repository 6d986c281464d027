/** Checks a draft of the policy: whether it compiles, and where it does not. Changes nothing. SPEC 11.4. */
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import type { PolicyOutline } from '../../domain/policy/drafts/policy-outline.ts'
import { mapResult, type Result } from '../../domain/refusal.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds, rulesFor } from './draft-needs.ts'

export interface CheckedDraft {
  readonly problems: readonly Problem[]
  /** Those that it has, where it compiles. */
  readonly policies: readonly PolicyOutline[]
}

/** Refuses: `rate_limited`, `forbidden`. */
export async function checkDraft(needs: DraftNeeds, by: Drafter, text: string): Promise<Result<CheckedDraft>> {
  const drafts = await admitDrafter(needs, by)
  if (!drafts.ok) return drafts
  const rules = await rulesFor(text, needs.config)
  const answer = await askDraft(drafts.value, { text, rules, agents: [], executors: [], cases: [] })
  return mapResult(answer, (tried) =>
    'problems' in tried ? { problems: tried.problems, policies: [] } : { problems: [], policies: tried.policies },
  )
}
