/** Checks a draft of the policy: whether it compiles and is valid, and where it is not. Changes nothing. SPEC 11.4. */
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import type { PolicyOutline } from '../../domain/policy/drafts/policy-outline.ts'
import { mapResult, type Result } from '../../domain/refusal.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds, knownActions, rulesFor } from './draft-needs.ts'

export interface CheckedDraft {
  readonly problems: readonly Problem[]
  /** Findings that keep nobody from publishing the draft. */
  readonly warnings: readonly Problem[]
  /** Those that it has, where it compiles. */
  readonly policies: readonly PolicyOutline[]
}

/** Refuses: `rate_limited`, `forbidden`. */
export async function checkDraft(
  needs: DraftNeeds & Uses<Pick<CallerStore, 'listExecutors'>>,
  by: Drafter,
  text: string,
): Promise<Result<CheckedDraft>> {
  const drafts = await admitDrafter(needs, by)
  if (!drafts.ok) return drafts
  const rules = await rulesFor(text, needs.config)
  const answer = await askDraft(drafts.value, {
    text,
    rules,
    agents: [],
    executors: [],
    cases: [],
    validate: await knownActions(needs),
  })
  return mapResult(answer, (tried) =>
    'problems' in tried
      ? { problems: tried.problems, warnings: [], policies: [] }
      : { problems: tried.findings.faults, warnings: tried.findings.warnings, policies: tried.policies },
  )
}
