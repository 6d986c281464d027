/** Checks a draft of the policy: whether it compiles and is valid, and where it is not. Changes nothing. SPEC 11.4. */
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import { rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import type { PolicyOutline } from '../../domain/policy/drafts/policy-outline.ts'
import { mapResult, type Result } from '../../domain/refusal.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds } from './draft-needs.ts'
import { knownNames, type NamesNeeds } from './known-names.ts'

export interface CheckedDraft {
  readonly problems: readonly Problem[]
  /** Findings that keep nobody from publishing the draft. */
  readonly warnings: readonly Problem[]
  /** Those that it has, where it compiles. */
  readonly policies: readonly PolicyOutline[]
}

/** Refuses: `rate_limited`, `forbidden`. */
export async function checkDraft(
  needs: DraftNeeds & NamesNeeds,
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
    validate: await knownNames(needs),
  })
  return mapResult(answer, (tried) =>
    'problems' in tried
      ? { problems: tried.problems, warnings: [], policies: [] }
      : { problems: tried.findings.faults, warnings: tried.findings.warnings, policies: tried.policies },
  )
}
